import { openStore } from '../../../file/index.ts';
import { parseSignatureAlgorithm, verifyPreload } from '../../../fit/index.ts';
import { EXIT } from '../../shared/exit.ts';
import { openPublicKey } from '../../shared/open-key.ts';
import type { CompatIo } from '../io.ts';
import { parseToolOptions, runTool, type Tool, usageError, usageOf } from '../tool.ts';

const tool: Tool = {
  name: 'preload_check_sign',
  synopsis: 'preload_check_sign -f FILE -k KEY.pem [-a ALGORITHM] [-p PADDING]',
  letters: 'f:k:a:p:h',
  options: [
    { letter: 'f', name: 'file', takesValue: true, help: 'the file with its header' },
    { letter: 'k', name: 'key', takesValue: true, help: 'PEM of the key' },
    { letter: 'a', name: 'algo', takesValue: true, help: 'algorithm; sha256,rsa2048' },
    { letter: 'p', name: 'padding', takesValue: true, help: 'padding; pkcs-1.5' },
    { letter: 'h', name: 'help', help: 'print this help' },
  ],
};

/** `bootwright as preload_check_sign`: checks the signatures of a file with a pre-load header. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, async () => {
    const { options } = parseToolOptions(tool, args, io);
    const last = (letter: string): string | undefined => options.findLast((one) => one.letter === letter)?.value;
    if (last('h') !== undefined) {
      io.stderr.write(usageOf(tool));
      return EXIT.refused;
    }
    const [file, keyFile] = [last('f'), last('k')];
    if (file === undefined) throw usageError(tool, 'Missing file');
    if (keyFile === undefined) throw usageError(tool, 'Missing key file');
    const place = { path: '-a', offset: 0 };
    const algorithm = parseSignatureAlgorithm(last('a') ?? 'sha256,rsa2048', last('p'), place);
    const key = await openPublicKey(keyFile, io.env);
    using store = openStore(file);
    verifyPreload(store, key, algorithm);
    io.stdout.write('INFO: signature check has succeed\n');
    return EXIT.good;
  });
}
