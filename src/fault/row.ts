/** Exit codes of the command line: 1 refused or not verified, 2 usage, 3 input/output. */
export type FaultExit = 1 | 2 | 3;

/** One row of the fault catalog: how it ends a command, what it means, and what it says. */
export interface FaultRow<Context extends object> {
  readonly exit: FaultExit;
  /** One sentence for `docs/errors.md`: what is wrong, not this occurrence of it. */
  readonly brief: string;
  /** The line a person reads; built from the context alone. */
  readonly message: (context: Context) => string;
  /** What the person does next, in the imperative, where something can be said. */
  readonly remedy: Remedy<Context> | undefined;
}

/** One remedy for every occurrence of a fault, or one by its context. */
export type Remedy<Context extends object> = string | ((context: Context) => string | undefined);

type Declare = <Context extends object>(
  brief: string,
  message: (context: Context) => string,
  remedy?: Remedy<Context>,
) => FaultRow<Context>;

/** The input is malformed, forged, altered or not vouched for. */
export const refused: Declare = (brief, message, remedy) => ({ exit: 1, brief, message, remedy });

/** The caller asked for something that cannot be: a bad option, a missing key. */
export const usage: Declare = (brief, message, remedy) => ({ exit: 2, brief, message, remedy });

/** A file, a socket or the kernel failed. */
export const inputOutput: Declare = (brief, message, remedy) => ({ exit: 3, brief, message, remedy });

/** A place in an input: the field or node, and the byte offset from the start of the input. */
export interface Place {
  readonly path: string;
  readonly offset: number;
}

/** `0x1f`: how every message spells an offset. */
export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** `path at 0x1f`, or the part of it that is known. */
export const at = (place: Place): string =>
  place.path === '' ? `at ${hex(place.offset)}` : `${place.path} at ${hex(place.offset)}`;
