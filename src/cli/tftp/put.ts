import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { reasonOf } from '../../file/index.ts';
import { folderSource, parseTftpUrl, sendTftp } from '../../tftp/index.ts';
import type { Context } from '../shared/context.ts';
import { withProgress } from '../shared/progress.ts';
import { abortable } from '../shared/signal.ts';
import { type ClientFlags, clientFlags, clientSettings, observeProgress, printStanding } from './client-flags.ts';

/** `bootwright tftp put FILE URL`: writes a file to a server. */
export const command = buildCommand<ClientFlags, [string, string], Context>({
  docs: {
    brief: 'Stores a file on a TFTP server',
    fullDescription: [
      'Succeeds when the server has acknowledged the last block.',
      '',
      'Example: bootwright tftp put capture.bin tftp://192.0.2.1:6969/capture.bin',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'the file', placeholder: 'FILE', parse: String },
        { brief: 'tftp://HOST[:PORT]/NAME', placeholder: 'URL', parse: String },
      ],
    },
    flags: clientFlags,
  },
  async func(flags, file, text) {
    const url = parseTftpUrl(text);
    const path = await realpath(file).catch((cause: unknown) => {
      throw new Fault('file/read', { file, reason: reasonOf(cause) }, { cause });
    });
    const peer = { address: url.host, port: url.port };
    const outgoing = folderSource(dirname(path)).open(basename(path), { peer, mode: 'octet' });
    const statistics = await withProgress(this, url.name, (progress) =>
      abortable((signal) =>
        sendTftp({ ...clientSettings(flags, url), file: outgoing, observe: observeProgress(progress), signal }),
      ),
    );
    printStanding(this, statistics, flags.json);
  },
});
