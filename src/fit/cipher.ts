import { aesCbcEncrypt } from '../crypto/index.ts';
import { type Editor, encodeValue } from '../devicetree/index.ts';
import { Fault } from '../fault.ts';
import type { Content } from './content.ts';
import { fitMessage } from './messages.ts';
import { childOrNew, type EditNode, editNode, requiredText, textOf } from './node.ts';

/** What a cipher node asks for. */
export interface CipherNeed {
  /** Of the cipher node. */
  readonly path: string;
  readonly algorithm: CipherName;
  readonly keyHint: string;
  /** `undefined` where the vector is to be random. */
  readonly ivHint: string | undefined;
}

/** The bytes that a cipher node needs; a random vector is the caller's, so that builds can be repeated. */
export interface CipherKey {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** Where the keys of encrypted images come from. */
export interface CipherOptions {
  /** Finds key and vector; throws where there are none. */
  readonly keyFor: (need: CipherNeed) => CipherKey;
}

/** AES in CBC mode with PKCS#7 padding, by U-Boot's names; bytes of the key. */
export const ciphers = { aes128: 16, aes192: 24, aes256: 32 } as const;
/** The name of a cipher of image data. */
export type CipherName = keyof typeof ciphers;

const IV_BYTES = 16;

/**
 * Encrypts the data of every image that has a cipher node and is not encrypted yet, and puts the keys, in clear, into
 * the control tree: what U-Boot decrypts with. Without options nothing is encrypted.
 */
export function encryptImages(
  editor: Editor,
  control: Editor | undefined,
  options: CipherOptions | undefined,
  content: Content,
  done: Map<string, Uint8Array>,
): void {
  if (options === undefined) return;
  for (const image of editNode(editor.root).child('images')?.children() ?? []) {
    const cipher = image.child('cipher');
    const data = image.property('data')?.value;
    if (cipher === undefined || data === undefined || image.property('data-size-unciphered') !== undefined) continue;
    const need = needOf(cipher);
    const { key, iv } = assertKey(need, options.keyFor(need));
    const sealed = done.get(image.path) ?? aesCbcEncrypt(key, iv, content.bytes(data));
    done.set(image.path, sealed);
    if (control !== undefined) writeCipherKey(control, need, { key, iv });
    if (need.ivHint === undefined) editor.setProperty(cipher.item, 'iv', iv);
    editor.setProperty(image.item, 'data', sealed);
    editor.setProperty(image.item, 'data-size-unciphered', encodeValue(data.byteLength));
  }
}

function needOf(cipher: EditNode): CipherNeed {
  const algorithm = requiredText(cipher, 'algo');
  if (!Object.hasOwn(ciphers, algorithm)) throw new Fault('fit/algorithm', { path: cipher.path, offset: 0, algorithm });
  return {
    path: cipher.path,
    algorithm: algorithm as CipherName,
    keyHint: requiredText(cipher, 'key-name-hint'),
    ivHint: textOf(cipher, 'iv-name-hint'),
  };
}

function assertKey(need: CipherNeed, given: CipherKey): CipherKey {
  const wrong =
    given.key.byteLength !== ciphers[need.algorithm]
      ? fitMessage('fit/cipher-key', { size: given.key.byteLength, algorithm: need.algorithm })
      : given.iv.byteLength !== IV_BYTES
        ? fitMessage('fit/cipher-iv', { size: given.iv.byteLength })
        : undefined;
  if (wrong !== undefined) throw new Fault('fit/cipher', { path: need.path, offset: 0, reason: wrong });
  return given;
}

function writeCipherKey(control: Editor, need: CipherNeed, { key, iv }: CipherKey): void {
  const parent = childOrNew(control, control.root, 'cipher');
  const suffix = need.ivHint === undefined ? '' : `-${need.ivHint}`;
  const node = childOrNew(control, parent, `key-${need.algorithm}-${need.keyHint}${suffix}`);
  if (need.ivHint !== undefined) control.setProperty(node, 'iv', iv);
  control.setProperty(node, 'key', key);
  control.setProperty(node, 'key-len', encodeValue(key.byteLength));
}
