import { catalog, type FaultCode, type Faults } from './fault/catalog.ts';
import type { Message } from './fault/message.ts';
import type { FaultExit, Remedy } from './fault/row.ts';

export type { ChainStage } from './fault/boot.ts';
export { catalog, type FaultCode, type Faults } from './fault/catalog.ts';
export type { SourceProblem } from './fault/devicetree.ts';
export type { FindingLevel } from './fault/level.ts';
export {
  fillTemplate,
  isMessage,
  type Message,
  type MessageBuilder,
  type MessageTable,
  type MessageValue,
  messageFrom,
  messages,
  type PlainCode,
  type Translation,
  textOf,
  verbatim,
} from './fault/message.ts';
export type { FaultExit, FaultRow, Place, Remedy } from './fault/row.ts';
export type { TransferPhase } from './fault/tftp.ts';

/**
 * Every failure that input, a file or the kernel can cause. The code decides the type of the context.
 *
 * @example
 * throw new Fault('binary/truncated', { path: 'fip_toc_header', offset: 0, need: 16, have: 3 });
 */
export class Fault<Code extends FaultCode = FaultCode> extends Error {
  override readonly name = 'Fault';
  readonly code: Code;
  readonly context: Faults[Code];

  constructor(code: Code, context: Faults[Code], options?: ErrorOptions) {
    super(message(code, context), options);
    this.code = code;
    this.context = context;
  }

  /** The exit code with which a command that meets this fault ends. */
  get exit(): FaultExit {
    return catalog[this.code].exit;
  }

  /** What the person does next, in English; nothing where nothing can be said. */
  get remedy(): string | undefined {
    // The row and the context are of one code, as in `message`.
    const { remedy } = catalog[this.code] as { readonly remedy: Remedy<Faults[Code]> | undefined };
    return typeof remedy === 'function' ? remedy(this.context) : remedy;
  }
}

/** What a fault says, as a message: other languages translate it by its code and context. */
export const faultMessage = ({ code, context, message: text }: Fault): Message => ({ code, values: {}, text, context });

/** Whether an error is a fault, of the given code where one is given. */
export function isFault<Code extends FaultCode = FaultCode>(error: unknown, code?: Code): error is Fault<Code> {
  return error instanceof Fault && (code === undefined || error.code === code);
}

/** The same fault with its path prefixed by the field, node or file that it is leaving; other errors as they are. */
export function within(error: unknown, field: string): unknown {
  if (!(error instanceof Fault) || !('path' in error.context)) return error;
  return relocate(error, { path: join(field, error.context.path) });
}

/** What a function gives; a fault that it throws has its path prefixed as by `within`. */
export function inside<Result>(field: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw within(error, field);
  }
}

/** The same fault with its offset moved by where the region it was found in starts. */
export function shift(error: unknown, by: number): unknown {
  if (by === 0 || !(error instanceof Fault) || !('offset' in error.context)) return error;
  return relocate(error, { offset: error.context.offset + by });
}

function relocate(fault: Fault, change: { path?: string; offset?: number }): Fault {
  return new Fault(fault.code, { ...fault.context, ...change } as Faults[FaultCode], { cause: fault.cause ?? fault });
}

function join(field: string, path: string): string {
  if (path === '') return field;
  if (path.startsWith('/')) return `${field}:${path}`;
  return path.startsWith('[') || field.endsWith('/') ? field + path : `${field}.${path}`;
}

function message<Code extends FaultCode>(code: Code, context: Faults[Code]): string {
  // The row and the context are of one code; TypeScript cannot correlate the two lookups.
  const row = catalog[code] as { readonly message: (context: Faults[Code]) => string };
  return row.message(context);
}
