import { Arena } from '../linux/index.ts';
import { ADDRESS_SIZE_BYTES } from './address.ts';

/** Memory of this thread for the arguments of one call; nothing in it outlives the call. */
export interface Scratch {
  readonly arena: Arena;
  /** Offset and address of a socket address, and of its length. */
  readonly name: number;
  readonly nameAddress: number;
  readonly length: number;
  readonly lengthAddress: number;
  /** Offset and address of an option value. */
  readonly value: number;
  readonly valueAddress: number;
}

const VALUE_SIZE_BYTES = 32;

let arguments_: Scratch | undefined;
let message: Arena | undefined;

export function scratch(): Scratch {
  if (arguments_ !== undefined) return arguments_;
  const length = ADDRESS_SIZE_BYTES;
  const value = length + 8;
  const arena = new Arena(value + VALUE_SIZE_BYTES);
  const at = (offset: number): number => arena.address + offset;
  arguments_ = {
    arena,
    name: 0,
    nameAddress: at(0),
    length,
    lengthAddress: at(length),
    value,
    valueAddress: at(value),
  };
  return arguments_;
}

/** The size of the shared message buffer: the longest datagram, or one read of a stream. */
const MESSAGE_SIZE_BYTES = 0x1_0000;

/** A buffer for one message of this thread; a received message is valid until the next receive or send. */
export function messageArena(): Arena {
  message ??= new Arena(MESSAGE_SIZE_BYTES);
  return message;
}
