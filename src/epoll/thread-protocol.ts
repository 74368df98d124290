import type { FaultCode, Faults } from '../fault.ts';
import type { Reactor } from './reactor.ts';

/** The function `start` that a module of a `ReactorThread` exports. The function it returns is called at the end. */
export type ThreadProgram<Data = unknown> = (thread: ThreadContext, data: Data) => (() => void) | undefined;

/** The thread, as its program sees it. */
export interface ThreadContext {
  readonly reactor: Reactor;
  /** Sends a message to the thread that started this one. */
  post(message: unknown): void;
  /** Called with the messages of that thread. */
  onMessage: (message: unknown) => void;
}

/** The data with which a thread is started. */
export interface ThreadStart {
  readonly module: string;
  readonly data: unknown;
  readonly wakeFd: number;
  readonly stop: Int32Array;
}

export interface ToThread {
  readonly message: unknown;
}

/** A message of the program, or the fault that ended it, in parts: a structured clone of an error is not a `Fault`. */
export type FromThread =
  | { readonly kind: 'message'; readonly message: unknown }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly context: Faults[FaultCode] };
