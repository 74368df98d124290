import { dirname, resolve } from 'node:path';
import { utf8Text } from '../../binary/index.ts';
import { type ChainKey, type Manifest, parseManifest } from '../../boot/index.ts';
import { Fault } from '../../fault.ts';
import { readFile, readText } from '../../file/index.ts';
import { isToken } from '../../pki/files.node.ts';
import { isPem, parsePem } from '../../pki/index.ts';
import { cliMessage } from '../messages.ts';
import { openSigner } from '../shared/open-key.ts';

/** A manifest that was read, and what its names stand for. */
export interface ChainFile {
  readonly manifest: Manifest;
  /** The path of an input: relative names start at the manifest's folder. */
  readonly input: (name: string) => string;
}

/** Reads `chain.yaml`. Faults `file/read` and `boot/manifest`. */
export async function readChainFile(file: string): Promise<ChainFile> {
  const manifest = parseManifest(await readText(file), file);
  return { manifest, input: (name) => resolve(dirname(file), name) };
}

/** Opens every key that a stage uses. A key without its private part is `crypto/key-missing`. */
export async function openChainKeys(
  { manifest, input }: ChainFile,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, ChainKey>> {
  const { firmware, kernel, rootfs } = manifest;
  const used = new Set([firmware.key, kernel.key, rootfs.key, ...Object.values(firmware.roles ?? {})]);
  const keys: Record<string, ChainKey> = {};
  for (const name of used) {
    const { private: file, certificate, name: hint = name } = manifest.keys[name]!;
    if (file === undefined)
      throw new Fault('crypto/key-missing', { key: name, reason: cliMessage('cli/no-private-key') });
    keys[name] = {
      signer: await openSigner(isToken(file) ? file : input(file), env),
      certificate: certificate === undefined ? undefined : await readCertificate(input(certificate)),
      hint,
    };
  }
  return keys;
}

/** The first certificate of a PEM or DER file, as DER. */
async function readCertificate(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file, 1 << 20);
  if (!isPem(bytes)) return bytes;
  const block = parsePem(utf8Text(bytes), file).find(({ label }) => label === 'CERTIFICATE');
  if (block === undefined) throw new Fault('pki/pem', { path: file, reason: cliMessage('cli/no-certificate') });
  return block.der;
}
