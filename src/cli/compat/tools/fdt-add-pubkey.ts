import { join } from 'node:path';
import { Editor } from '../../../devicetree/index.ts';
import { Fault, isFault } from '../../../fault.ts';
import { readFile, writeFile } from '../../../file/index.ts';
import { parseSignatureAlgorithm, writeKeyNode } from '../../../fit/index.ts';
import { fitsAlgorithm } from '../../../fit/internal.ts';
import { cliMessage } from '../../messages.ts';
import { EXIT } from '../../shared/exit.ts';
import { openPublicKey } from '../../shared/open-key.ts';
import type { CompatIo } from '../io.ts';
import { parseToolOptions, runTool, type Tool, usageError, usageOf } from '../tool.ts';

const tool: Tool = {
  name: 'fdt_add_pubkey',
  synopsis: 'fdt_add_pubkey [-a ALGORITHM] [-k FOLDER] [-n NAME] [-r conf|image] CONTROL.dtb',
  letters: 'a:k:n:r:h',
  options: [
    { letter: 'a', name: 'algo', takesValue: true, help: 'algorithm of the signatures; sha1,rsa2048' },
    { letter: 'k', name: 'keydir', takesValue: true, help: 'folder of the key; .' },
    { letter: 'n', name: 'keyname', takesValue: true, help: 'name of the key; key' },
    { letter: 'r', name: 'required', takesValue: true, help: 'require the key for configurations or images' },
    { letter: 'h', name: 'help', help: 'print this help' },
  ],
};

/** Room that the tree gets where a key does not fit. */
const INCREMENT = 1024;

/** `bootwright as fdt_add_pubkey`: adds a public key to a control device tree; grows it by 1024 bytes as needed. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, async () => {
    const { options, operands } = parseToolOptions(tool, args, io);
    const last = (letter: string): string | undefined => options.findLast((one) => one.letter === letter)?.value;
    if (last('h') !== undefined) {
      io.stderr.write(usageOf(tool));
      return EXIT.refused;
    }
    const [file] = operands;
    if (file === undefined) throw usageError(tool, 'Missing dtb file to update');
    const required = last('r');
    if (required !== undefined && required !== 'conf' && required !== 'image') {
      throw usageError(tool, `-r takes conf or image, not '${required}'`);
    }
    const algorithm = parseSignatureAlgorithm(last('a') ?? 'sha1,rsa2048', undefined, { path: '-a', offset: 0 });
    const hint = last('n') ?? 'key';
    const publicKey = await readKey(join(last('k') ?? '.', hint), io);
    if (!fitsAlgorithm(publicKey, algorithm.key)) {
      throw new Fault('crypto/key-unfit', {
        key: hint,
        reason: cliMessage('cli/not-a-key-of', { algorithm: algorithm.key }),
      });
    }
    const editor = new Editor(await readFile(file), { grow: false });
    for (;;) {
      try {
        writeKeyNode(editor, { publicKey, hint, hash: algorithm.hash, required });
        break;
      } catch (error) {
        if (!isFault(error, 'devicetree/no-space')) throw error;
        io.stderr.write('.dtb too small, increasing size by 1024 bytes\n');
        editor.resize(editor.totalSize + INCREMENT);
      }
    }
    await writeFile(file, editor.bytes());
    return EXIT.good;
  });
}

/** The certificate that the original reads for RSA, or the PEM that it reads for ECDSA. */
async function readKey(base: string, io: CompatIo) {
  try {
    return await openPublicKey(`${base}.crt`, io.env);
  } catch (error) {
    if (!isFault(error, 'crypto/key-missing')) throw error;
    return openPublicKey(`${base}.pem`, io.env);
  }
}
