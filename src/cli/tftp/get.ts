import { basename, dirname } from 'node:path';
import process from 'node:process';
import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { MAX_FILE_BYTES } from '../../file/index.ts';
import { fetchTftp, folderSink, parseTftpUrl, receiveTftp } from '../../tftp/index.ts';
import { cliMessage } from '../messages.ts';
import type { Context } from '../shared/context.ts';
import { type FlagsOf, withDefault } from '../shared/flags.ts';
import { wholeNumber } from '../shared/number.ts';
import { withProgress } from '../shared/progress.ts';
import { abortable } from '../shared/signal.ts';
import { clientFlags, clientSettings, observeProgress, printStanding } from './client-flags.ts';

const flagTable = {
  ...clientFlags,
  limit: withDefault(wholeNumber(0, Number.MAX_SAFE_INTEGER), '4294967296', 'N', 'Maximum size of the file in bytes'),
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright tftp get URL [FILE]`: reads a file from a server. */
export const command = buildCommand<Flags, [string, string?], Context>({
  docs: {
    brief: 'Fetches a file from a TFTP server',
    fullDescription: [
      'Writes FILE completely or not at all; without FILE, to the last part of its name in the current folder. With - the file',
      'is written to standard output.',
      '',
      'Example: bootwright tftp get tftp://192.0.2.1/kernel.itb --blksize 8192',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'tftp://HOST[:PORT]/NAME', placeholder: 'URL', parse: String },
        { brief: 'output file, or - for standard output', placeholder: 'FILE', parse: String, optional: true },
      ],
    },
    flags: flagTable,
  },
  async func(flags, text, file) {
    const url = parseTftpUrl(text);
    const target = file ?? basename(url.name);
    const settings = clientSettings(flags, url);
    if (target === '-') {
      if (flags.json) throw new Fault('cli/usage', { reason: cliMessage('cli/json-and-file') });
      const limit = Math.min(flags.limit, MAX_FILE_BYTES);
      process.stdout.write(await abortable((signal) => fetchTftp({ ...settings, limit, signal })));
      return;
    }
    const sink = folderSink(dirname(target), { overwrite: true, limitBytes: flags.limit });
    const into = sink.create(basename(target), { peer: { address: url.host, port: url.port }, mode: 'octet' });
    const statistics = await withProgress(this, url.name, (progress) =>
      abortable((signal) =>
        receiveTftp({ ...settings, into, limit: flags.limit, observe: observeProgress(progress), signal }),
      ),
    );
    printStanding(this, statistics, flags.json);
  },
});
