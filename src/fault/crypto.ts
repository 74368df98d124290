import { type Message, textOf } from './message.ts';
import { inputOutput, refused } from './row.ts';

/** A file, a URI, or words for a key that has neither. */
type KeyName = string | Message;

const NAME_THE_KEY =
  'Name the key with --key, or the folder that holds it with --keys; `bootwright keys new` makes one.';

/** What helps where a key is missing for another reason than its name, by the code of the reason. */
const KEY_REMEDIES: Readonly<Record<string, string | undefined>> = {
  'pki/no-token': 'Correct the URI: `pkcs11-tool --list-token-slots` lists the tokens that there are.',
  'pki/no-pkcs11-tool': 'Install OpenSC, which has pkcs11-tool.',
  'pki/tool-failed': 'Check the token, the key and the module that the URI names: `pkcs11-tool --list-objects`.',
  'pki/no-answer': 'Have the request signed, and fill in its `signature` field.',
  'fit/hint-outside': 'Correct the key-name-hint in the image tree: it has to be the name of a file without a folder.',
};

export const cryptoFaults = {
  'crypto/unsupported': refused<{ readonly what: string | Message }>(
    'An algorithm, curve or key format that this build or platform does not offer.',
    (c) => `${textOf(c.what)} is not supported here`,
    'Use another algorithm or key: RSA of 2048 to 4096 bits or P-256, with SHA-256, works everywhere.',
  ),
  'crypto/key-unfit': refused<{ readonly key: KeyName; readonly reason: Message }>(
    'A key is too weak, malformed, or not of the kind that the signature needs.',
    (c) => `${textOf(c.key)}: ${c.reason.text}`,
    'Give a key of the kind that is asked for; `bootwright keys new` makes one.',
  ),
  'crypto/key-missing': inputOutput<{ readonly key: KeyName; readonly reason: Message }>(
    'A key that signing or verifying needs is not there. Nothing is signed without it.',
    (c) => `no key ${textOf(c.key)}: ${c.reason.text}`,
    (c) => (typeof c.reason === 'string' ? undefined : KEY_REMEDIES[c.reason.code]) ?? NAME_THE_KEY,
  ),
  'crypto/passphrase': refused<{ readonly key: KeyName; readonly reason: Message }>(
    'An encrypted private key was given without its passphrase, or with a wrong one.',
    (c) => `${textOf(c.key)}: ${c.reason.text}`,
    'Set BOOTWRIGHT_PASSPHRASE to the passphrase of the key, or type it at the prompt.',
  ),
  'crypto/pin': refused<{ readonly key: KeyName; readonly reason: Message }>(
    'A token did not open: its PIN was not given, is wrong, or is locked. Tokens lock after a few wrong PINs.',
    (c) => `${textOf(c.key)}: ${c.reason.text}`,
    'Set BOOTWRIGHT_PIN to the PIN of the token. A locked PIN is reset with the tools of the token.',
  ),
};
