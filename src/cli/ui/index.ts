import { buildCommand } from '@stricli/core';
import { parsePort } from '../../socket/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, withDefault } from '../shared/flags.ts';
import { untilSignal } from '../shared/signal.ts';
import { listFiles } from './files.ts';
import { serveUi } from './server.ts';

const flagTable = {
  json: jsonFlag,
  port: withDefault(parsePort, '0', 'PORT', 'TCP port; 0 lets the kernel choose one'),
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright ui [FILE|FOLDER]`: the inspector and the epoll lab in a browser, served on loopback until Ctrl+C. */
export const route = buildCommand<Flags, [string?], Context>({
  docs: {
    brief: 'Shows images and the epoll lab in a browser',
    fullDescription: [
      'Serves the page on 127.0.0.1 and prints its address; nothing leaves this machine. With a file or a folder, such',
      'as the output of bootwright build, the page opens it. Ctrl+C stops the server.',
      '',
      'Example: bootwright ui out/',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'file or folder to open', placeholder: 'FILE|FOLDER', parse: String, optional: true }],
    },
    flags: flagTable,
  },
  async func({ json, port }, path) {
    await using server = await serveUi({ files: path === undefined ? [] : await listFiles(path), port });
    if (json) printJson(this, { url: server.url });
    else print(this, server.url);
    await untilSignal();
  },
});
