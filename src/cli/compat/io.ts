/** What a tool of another tool may touch of the world, so that tests can compare what it prints. */
export interface CompatIo {
  readonly stdout: { write(text: string | Uint8Array): void };
  readonly stderr: { write(text: string | Uint8Array): void };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input to its end. */
  readonly stdin: () => Promise<Uint8Array>;
}

/** Another tool's command line. Takes its arguments, prints what it prints; gives its exit code. */
export interface CompatTool {
  readonly brief: string;
  readonly load: () => Promise<{ readonly run: (args: readonly string[], io: CompatIo) => Promise<number> }>;
}
