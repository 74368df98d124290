import { keyNameOf } from '../algorithm.ts';
import type { TrustedKey, TrustedKeys } from '../key-node.ts';
import { type FitNode, shownText } from '../node.ts';

export const requiredKeys = ({ keys }: TrustedKeys): TrustedKey[] =>
  keys.filter(({ required }) => required !== undefined);

/** Whether a signature says that a key made it; who really signed, only verifying tells. */
export const isSignedBy = (signature: FitNode, key: TrustedKey): boolean =>
  shownText(signature, 'key-name-hint') === key.hint && shownText(signature, 'algo') === algorithmOf(key);

export const algorithmOf = ({ hash, publicKey }: TrustedKey): string => `${hash ?? ''},${keyNameOf(publicKey)}`;
