/** What the rooms say, in Korean: a template by the message's code. A code without a row is said in English. */
export const koreanMessages: Readonly<Record<string, string | undefined>> = {};
