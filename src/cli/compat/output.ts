import { writeFile } from '../../file/index.ts';
import type { CompatIo } from './io.ts';

/** Writes a whole output: to a file, or to standard output for `-`. */
export async function writeOutput(file: string, content: Uint8Array | string, io: CompatIo): Promise<void> {
  if (file === '-') io.stdout.write(content);
  else await writeFile(file, content);
}
