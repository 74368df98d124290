import { keyBits, type PublicKey } from '../crypto/index.ts';
import { Fault, type Message, type Place } from '../fault.ts';
import { fitMessage } from './messages.ts';

/** Signature nodes of one configuration or image; U-Boot's walk has no limit, no image needs more than a few. */
export const MAX_SIGNATURES = 32;
/** What trying all signatures of an image tree may cost, one RSA key for one signature being 1: seconds. */
const MAX_TRIES = 8192;
/** Bytes of the structure that are hashed for the signatures of one image tree. */
const MAX_SIGNED_BYTES = 1 << 30;
/** How often the bytes of the input may be hashed as data: once for each algorithm that there is, with room to spare. */
const MAX_PASSES = 8;

const EC_UNIT = 256 ** 2 / 8;

/**
 * What verifying one image tree has cost so far. Its configurations, signatures and images may refer to the same bytes
 * over and over, so that the work grows with the square of the size unless it is bounded. Faults `fit/limit`.
 */
export class WorkBudget {
  readonly #dataMax: number;
  #tries = 0;
  #signed = 0;
  #data = 0;

  constructor(inputBytes: number) {
    this.#dataMax = inputBytes * MAX_PASSES;
  }

  /** A signature is tried under a key. Curves are computed here, not by OpenSSL: a P-256 key costs eight times RSA. */
  trySignature(place: Place, key: PublicKey): void {
    this.#tries += key.kind === 'rsa' ? 1 : Math.ceil(keyBits(key) ** 2 / EC_UNIT);
    assertWithin(place, this.#tries, MAX_TRIES, fitMessage('fit/tries'));
  }

  hashSigned(place: Place, bytes: number): void {
    this.#signed += bytes;
    assertWithin(place, this.#signed, MAX_SIGNED_BYTES, fitMessage('fit/hashed-for-signatures'));
  }

  hashData(place: Place, bytes: number): void {
    this.#data += bytes;
    assertWithin(place, this.#data, this.#dataMax, fitMessage('fit/hashed-data'));
  }
}

function assertWithin({ path, offset }: Place, count: number, limit: number, what: Message): void {
  if (count > limit) throw new Fault('fit/limit', { path, offset, what, limit });
}
