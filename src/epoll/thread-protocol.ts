import type { FaultCode, Faults } from '../fault.ts';
import type { Reactor } from './reactor.ts';

/** What a module of a `ReactorThread` exports as `start`. What it gives back is called when the thread ends. */
export type ThreadProgram<Data = unknown> = (thread: ThreadContext, data: Data) => (() => void) | undefined;

/** The thread, as its program sees it. */
export interface ThreadContext {
  readonly reactor: Reactor;
  /** Sends a message to the thread that started this one. */
  post(message: unknown): void;
  /** Called with what that thread posts. */
  onMessage: (message: unknown) => void;
}

/** What a thread is started with. */
export interface ThreadStart {
  readonly module: string;
  readonly data: unknown;
  readonly wakeFd: number;
  readonly stop: Int32Array;
}

export interface ToThread {
  readonly message: unknown;
}

/** What the program posted; or the fault that ended it, in parts, since a clone of an error is no `Fault` any more. */
export type FromThread =
  | { readonly kind: 'message'; readonly message: unknown }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly context: Faults[FaultCode] };
