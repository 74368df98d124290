import { utf8Text, viewOf } from '../../binary/index.ts';
import { latin1 } from '../latin1.ts';
import type { LiveNode, LiveProperty } from '../source/live.ts';

/** Whether a value is one text: its only NUL ends it. */
export const isOneText = (value: Uint8Array): boolean =>
  value.byteLength > 0 && value.indexOf(0) === value.byteLength - 1;

/** Whether a value is a list of texts, each ended by a NUL; an empty value is an empty list. */
export const isTextList = (value: Uint8Array): boolean => value.byteLength === 0 || value.at(-1) === 0;

/** A cell of a value by its index; `undefined` where the value is too short. */
export const cellOf = (property: LiveProperty, index: number): number | undefined =>
  property.value.byteLength >= 4 * (index + 1) ? viewOf(property.value).getUint32(4 * index) : undefined;

/** The value where it is exactly one cell. */
export function oneCell(property: LiveProperty | undefined): number | undefined {
  return property?.value.byteLength === 4 ? cellOf(property, 0) : undefined;
}

/** The text up to the first NUL, for showing. */
export function firstText(property: LiveProperty): string {
  const nul = property.value.indexOf(0);
  return utf8Text(property.value.subarray(0, nul < 0 ? undefined : nul));
}

/** Whether a property holds exactly this text first. */
export const startsWithText = (property: LiveProperty | undefined, text: string): boolean =>
  property !== undefined && latin1(property.value.subarray(0, text.length + 1)) === `${text}\0`;

/** Whether `compatible` lists a name. */
export function isCompatible(node: LiveNode, name: string): boolean {
  const compatible = node.property('compatible');
  return compatible !== undefined && `\0${latin1(compatible.value)}`.includes(`\0${name}\0`);
}
