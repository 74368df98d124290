import type { Tool } from '../../getopt.ts';

const lines = (...text: readonly string[]): string => text.map((line) => `\n\t${line}`).join('');

/** dtc 1.7.2's command line, as its help prints it. */
export const dtcTool: Tool = {
  name: 'dtc',
  synopsis: 'dtc [options] <input file>',
  letters: 'qI:O:o:V:d:R:S:p:a:fb:i:H:sW:E:@LAThv',
  options: [
    { letter: 'q', long: 'quiet', help: lines('Quiet: -q suppress warnings, -qq errors, -qqq all') },
    {
      letter: 'I',
      long: 'in-format',
      value: true,
      help: lines(
        'Input formats are:',
        '\tdts - device tree source text',
        '\tdtb - device tree blob',
        '\tfs  - /proc/device-tree style directory',
      ),
    },
    { letter: 'o', long: 'out', value: true, help: lines('Output file') },
    {
      letter: 'O',
      long: 'out-format',
      value: true,
      help: lines(
        'Output formats are:',
        '\tdts - device tree source text',
        '\tdtb - device tree blob',
        '\tyaml - device tree encoded as YAML',
        '\tasm - assembler source',
      ),
    },
    {
      letter: 'V',
      long: 'out-version',
      value: true,
      help: lines('Blob version to produce, defaults to 17 (for dtb and asm output)'),
    },
    { letter: 'd', long: 'out-dependency', value: true, help: lines('Output dependency file') },
    {
      letter: 'R',
      long: 'reserve',
      value: true,
      help: lines('Make space for <number> reserve map entries (for dtb and asm output)'),
    },
    { letter: 'S', long: 'space', value: true, help: lines('Make the blob at least <bytes> long (extra space)') },
    { letter: 'p', long: 'pad', value: true, help: lines('Add padding to the blob of <bytes> long (extra space)') },
    { letter: 'a', long: 'align', value: true, help: lines('Make the blob align to the <bytes> (extra space)') },
    { letter: 'b', long: 'boot-cpu', value: true, help: lines('Set the physical boot cpu') },
    { letter: 'f', long: 'force', help: lines('Try to produce output even if the input tree has errors') },
    { letter: 'i', long: 'include', value: true, help: lines('Add a path to search for include files') },
    {
      letter: 's',
      long: 'sort',
      help: lines('Sort nodes and properties before outputting (useful for comparing trees)'),
    },
    {
      letter: 'H',
      long: 'phandle',
      value: true,
      help: lines(
        'Valid phandle formats are:',
        '\tlegacy - "linux,phandle" properties only',
        '\tepapr  - "phandle" properties only',
        '\tboth   - Both "linux,phandle" and "phandle" properties',
      ),
    },
    { letter: 'W', long: 'warning', value: true, help: lines('Enable/disable warnings (prefix with "no-")') },
    { letter: 'E', long: 'error', value: true, help: lines('Enable/disable errors (prefix with "no-")') },
    { letter: '@', long: 'symbols', help: lines('Enable generation of symbols') },
    {
      letter: 'L',
      long: 'local-fixups',
      help: lines('Possibly generates a __local_fixups__ and a __fixups__ node at the root node'),
    },
    { letter: 'A', long: 'auto-alias', help: lines('Enable auto-alias of labels') },
    {
      letter: 'T',
      long: 'annotate',
      help: lines('Annotate output .dts with input source file and line (-T -T for more details)'),
    },
    { letter: 'h', long: 'help', help: lines('Print this help and exit') },
    { letter: 'v', long: 'version', help: lines('Print version and exit') },
  ],
};
