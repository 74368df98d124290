import {
  type AsnType,
  BitString,
  Enumerated,
  fromBER,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  Sequence,
} from 'asn1js';
import { readInteger } from '../crypto/internal.ts';
import { Fault, type Message } from '../fault.ts';
import { assertDer } from './der.ts';
import { pkiMessage } from './messages.ts';

/** An element of a parsed structure with the path that faults name. */
export interface Asn1Element {
  readonly node: AsnType;
  readonly path: string;
}

/** Parses one element of strict DER. Faults `pki/der`, or `pki/structure` where the library cannot follow. */
export function parseDer(input: Uint8Array, path: string): Asn1Element {
  assertDer(input, path);
  return { node: decode(input, path), path };
}

/** The element's own bytes, header and content: a view. */
export const rawOf = (element: Asn1Element): Uint8Array => element.node.valueBeforeDecodeView;

/** Where the element starts in the input that was parsed. */
export const offsetOf = (element: Asn1Element): number => element.node.valueBeforeDecodeView.byteOffset;

/** A fault at an element. */
export const faultAt = (element: Asn1Element, reason: Message): Fault =>
  new Fault('pki/structure', { path: element.path, offset: offsetOf(element), reason });

/** The members of a SEQUENCE, at least `min` and at most `max` of them. */
export function sequenceOf(element: Asn1Element, min: number, max = min): Asn1Element[] {
  if (!(element.node instanceof Sequence)) throw faultAt(element, pkiMessage('pki/expected-sequence'));
  const members = element.node.valueBlock.value;
  if (members.length < min || members.length > max)
    throw faultAt(element, pkiMessage('pki/sequence-members', { members: members.length }));
  return members.map((node, i) => ({ node, path: `${element.path}[${i}]` }));
}

/** A non-negative INTEGER. */
export function integerOf(element: Asn1Element): bigint {
  // The library derives ENUMERATED from INTEGER: a signature would verify with another tag than was signed.
  if (!(element.node instanceof Integer) || element.node instanceof Enumerated) {
    throw faultAt(element, pkiMessage('pki/expected-integer'));
  }
  const value = new Uint8Array(element.node.valueBlock.valueHexView);
  if ((value[0] ?? 0x80) >= 0x80) throw faultAt(element, pkiMessage('pki/integer-negative'));
  return readInteger(value);
}

/** A dotted object identifier. */
export function oidOf(element: Asn1Element): string {
  if (!(element.node instanceof ObjectIdentifier)) throw faultAt(element, pkiMessage('pki/expected-oid'));
  return element.node.valueBlock.toString();
}

export function octetsOf(element: Asn1Element): Uint8Array {
  if (!(element.node instanceof OctetString)) throw faultAt(element, pkiMessage('pki/expected-octets'));
  return new Uint8Array(element.node.valueBlock.valueHexView);
}

/** A BIT STRING of whole bytes. */
export function bitsOf(element: Asn1Element): Uint8Array {
  if (!(element.node instanceof BitString)) throw faultAt(element, pkiMessage('pki/expected-bits'));
  if (element.node.valueBlock.unusedBits !== 0) throw faultAt(element, pkiMessage('pki/bits-unused'));
  return new Uint8Array(element.node.valueBlock.valueHexView);
}

/** `AlgorithmIdentifier`: its object identifier and its parameters, where it has any. */
export function algorithmOf(element: Asn1Element): {
  readonly oid: string;
  readonly parameters: Asn1Element | undefined;
} {
  const [oid, parameters] = sequenceOf(element, 1, 2);
  return { oid: oidOf(oid!), parameters };
}

export const isNull = (element: Asn1Element | undefined): boolean => element?.node instanceof Null;

/** The DER bytes of a built structure. */
export const encodeDer = (node: AsnType): Uint8Array<ArrayBuffer> => new Uint8Array(node.toBER());

/** An INTEGER of a non-negative value. */
export const integer = (value: bigint): Integer => Integer.fromBigInt(value);

/** The library reports most of what it cannot follow, and throws on the rest: a time that is no time. */
function decode(input: Uint8Array, path: string): AsnType {
  try {
    const { result, offset } = fromBER(new Uint8Array(input));
    if (offset !== -1) return result;
  } catch (cause) {
    throw new Fault('pki/structure', { path, offset: 0, reason: pkiMessage('pki/unparsable') }, { cause });
  }
  throw structureFault(path, pkiMessage('pki/unparsable'));
}

export function structureFault(path: string, reason: Message): Fault {
  return new Fault('pki/structure', { path, offset: 0, reason });
}
