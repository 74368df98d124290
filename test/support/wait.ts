/** The longest that a test waits for something that must come: less than vitest's own limit, which would not say for what. */
export const MAX_WAIT_MS = 50_000;
