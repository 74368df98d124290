import { genericImages } from '../../../../fip/internal.ts';

/** The commands of fiptool. */
export const commands = ['info', 'create', 'update', 'unpack', 'remove', 'version', 'help'] as const;

export type Command = (typeof commands)[number];

const BRIEFS: Readonly<Record<Command, string>> = {
  info: 'List images contained in FIP.',
  create: 'Create a new FIP with the given images.',
  update: 'Update an existing FIP with the given images.',
  unpack: 'Unpack images from FIP.',
  remove: 'Remove images from FIP.',
  version: 'Show fiptool version.',
  help: 'Show help for given command.',
};

const FLAGS = '16-bit platform specific flag field occupying bits 32-47 in 64-bit ToC header.';

/** What `fiptool` alone prints. */
export function usageText(): string {
  return lines(
    'usage: fiptool [--verbose] <command> [<args>]',
    'Global options supported:',
    '  --verbose\tEnable verbose output for all commands.',
    '',
    'Commands supported:',
    ...commands.map((command) => `  ${command}${command.length > 4 ? '\t' : '\t\t'}${BRIEFS[command]}`),
  );
}

/** What `fiptool help COMMAND` prints, and every command that is used wrongly. */
export function helpText(command: string): string {
  switch (command) {
    case 'info':
      return lines('fiptool info FIP_FILENAME');
    case 'version':
      return lines('fiptool version');
    case 'create':
      return lines(
        'fiptool create [opts] FIP_FILENAME',
        '',
        'Options:',
        '  --align <value>\t\tEach image is aligned to <value> (default: 1).',
        '  --blob uuid=...,file=...\tAdd an image with the given UUID pointed to by file.',
        `  --plat-toc-flags <value>\t${FLAGS}`,
        '',
        'Specific images are packed with the following options:',
        ...imageRows(true),
      );
    case 'update':
      return lines(
        'fiptool update [opts] FIP_FILENAME',
        '',
        'Options:',
        '  --align <value>\t\tEach image is aligned to <value> (default: 1).',
        '  --blob uuid=...,file=...\tAdd or update an image with the given UUID pointed to by file.',
        '  --out FIP_FILENAME\t\tSet an alternative output FIP file.',
        `  --plat-toc-flags <value>\t${FLAGS}`,
        '',
        'Specific images are packed with the following options:',
        ...imageRows(true),
      );
    case 'unpack':
      return lines(
        'fiptool unpack [opts] FIP_FILENAME',
        '',
        'Options:',
        '  --blob uuid=...,file=...\tUnpack an image with the given UUID to file.',
        '  --force\t\t\tIf the output file already exists, use --force to overwrite it.',
        '  --out path\t\t\tSet the output directory path.',
        '',
        'Specific images are unpacked with the following options:',
        ...imageRows(true),
        '',
        'If no options are provided, all images will be unpacked.',
      );
    case 'remove':
      return lines(
        'fiptool remove [opts] FIP_FILENAME',
        '',
        'Options:',
        '  --align <value>\tEach image is aligned to <value> (default: 1).',
        '  --blob uuid=...\tRemove an image with the given UUID.',
        '  --force\t\tIf the output FIP file already exists, use --force to overwrite it.',
        '  --out FIP_FILENAME\tSet an alternative output FIP file.',
        '',
        'Specific images are removed with the following options:',
        ...imageRows(false),
      );
    default:
      return lines(`No help for subcommand '${command}'`);
  }
}

function imageRows(withFile: boolean): string[] {
  return genericImages.map(({ option, name }) => `  --${option.padEnd(16)}${withFile ? ' FILENAME' : ''}\t${name}`);
}

const lines = (...parts: readonly string[]): string => `${parts.join('\n')}\n`;
