import type { Tool } from '../../tool.ts';

const lines = (...text: readonly string[]): string => text.map((line) => `\n\t${line}`).join('');

/** dtc 1.7.2's command line, as its help prints it. */
export const dtcTool: Tool = {
  name: 'dtc',
  synopsis: 'dtc [options] <input file>',
  letters: 'qI:O:o:V:d:R:S:p:a:fb:i:H:sW:E:@LAThv',
  options: [
    { letter: 'q', name: 'quiet', help: lines('Quiet: -q suppress warnings, -qq errors, -qqq all') },
    {
      letter: 'I',
      name: 'in-format',
      takesValue: true,
      help: lines(
        'Input formats are:',
        '\tdts - device tree source text',
        '\tdtb - device tree blob',
        '\tfs  - /proc/device-tree style directory',
      ),
    },
    { letter: 'o', name: 'out', takesValue: true, help: lines('Output file') },
    {
      letter: 'O',
      name: 'out-format',
      takesValue: true,
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
      name: 'out-version',
      takesValue: true,
      help: lines('Blob version to produce, defaults to 17 (for dtb and asm output)'),
    },
    { letter: 'd', name: 'out-dependency', takesValue: true, help: lines('Output dependency file') },
    {
      letter: 'R',
      name: 'reserve',
      takesValue: true,
      help: lines('Make space for <number> reserve map entries (for dtb and asm output)'),
    },
    { letter: 'S', name: 'space', takesValue: true, help: lines('Make the blob at least <bytes> long (extra space)') },
    {
      letter: 'p',
      name: 'pad',
      takesValue: true,
      help: lines('Add padding to the blob of <bytes> long (extra space)'),
    },
    { letter: 'a', name: 'align', takesValue: true, help: lines('Make the blob align to the <bytes> (extra space)') },
    { letter: 'b', name: 'boot-cpu', takesValue: true, help: lines('Set the physical boot cpu') },
    { letter: 'f', name: 'force', help: lines('Try to produce output even if the input tree has errors') },
    { letter: 'i', name: 'include', takesValue: true, help: lines('Add a path to search for include files') },
    {
      letter: 's',
      name: 'sort',
      help: lines('Sort nodes and properties before outputting (useful for comparing trees)'),
    },
    {
      letter: 'H',
      name: 'phandle',
      takesValue: true,
      help: lines(
        'Valid phandle formats are:',
        '\tlegacy - "linux,phandle" properties only',
        '\tepapr  - "phandle" properties only',
        '\tboth   - Both "linux,phandle" and "phandle" properties',
      ),
    },
    { letter: 'W', name: 'warning', takesValue: true, help: lines('Enable/disable warnings (prefix with "no-")') },
    { letter: 'E', name: 'error', takesValue: true, help: lines('Enable/disable errors (prefix with "no-")') },
    { letter: '@', name: 'symbols', help: lines('Enable generation of symbols') },
    {
      letter: 'L',
      name: 'local-fixups',
      help: lines('Possibly generates a __local_fixups__ and a __fixups__ node at the root node'),
    },
    { letter: 'A', name: 'auto-alias', help: lines('Enable auto-alias of labels') },
    {
      letter: 'T',
      name: 'annotate',
      help: lines('Annotate output .dts with input source file and line (-T -T for more details)'),
    },
    { letter: 'h', name: 'help', help: lines('Print this help and exit') },
    { letter: 'v', name: 'version', help: lines('Print version and exit') },
  ],
};
