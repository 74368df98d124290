import { utf8 } from '../../../src/binary/index.ts';
import { parseCounters } from '../../../src/boot/counter-file.ts';
import {
  parseBoardReport,
  parseLock,
  parseManifest,
  printBoardReport,
  SAMPLE_MANIFEST,
} from '../../../src/boot/index.ts';
import { compileSource, printSource, readBlob, writeBlob } from '../../../src/devicetree/index.ts';
import { isFault, verbatim } from '../../../src/fault.ts';
import { parseRequests } from '../../../src/pki/index.ts';
import { parseDescription } from '../../../src/verity/index.ts';
import type { Attempt, Format } from '../format.ts';
import { demand, digestOf, orRefused } from '../judge.ts';
import { latin1Bytes } from '../latin1.ts';
import { mutateText } from '../mutate.ts';

const YAML = [
  '&a ',
  '*a',
  '*b',
  '!!str ',
  '!!binary ',
  '!x ',
  '? ',
  '- ',
  '\n',
  '  ',
  '\t',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  ': ',
  '#',
  '---\n',
  '...\n',
  '<<: *a',
  '%YAML 1.1\n',
  '%',
  '\0',
  '|',
  '>',
  '0x10',
  '1e999',
  '.inf',
  '~',
  '__proto__',
  'a: &a [*a]',
  '\u2028',
  '\ufeff',
];

/** Any text is a manifest or a fault with one of its lines. */
export const manifestFormat: Format = {
  name: 'yaml',
  prepare:
    () =>
    (random): Attempt => {
      const input = mutateText(SAMPLE_MANIFEST, random, YAML);
      const judge = () => {
        try {
          parseManifest(input, 'chain.yaml');
          return 'accepted' as const;
        } catch (error) {
          if (!isFault(error, 'boot/manifest')) throw error;
          const { line } = error.context;
          demand(line >= 1 && line <= input.split(/\r\n?|\n/).length, `line ${line} is none of the manifest`);
          return 'refused' as const;
        }
      };
      return { input, judge };
    },
};

const SOURCE = `/dts-v1/;
/memreserve/ 0x1000 0x20;
/ {
	#address-cells = <1>;
	l1: node@0 { reg = <0 (1 + 2 * 3) 0xffff>; s = "a\\tb", "c"; b = [00 ff 10]; ref = <&l1>, &l1; flag; };
	l2: other { v = /bits/ 8 <1 2 3>; c = <'x'>; p = /bits/ 64 <0x1122334455667788>; };
};
&l2 { more = <&{/node@0}>; /delete-property/ c; };
/ { third { }; };
`;
const DTS = [
  '/dts-v1/;',
  '/plugin/;',
  '/ {',
  '};',
  ';',
  '<',
  '>',
  '[',
  ']',
  '&l1',
  '&{/',
  '"',
  "'",
  '\\x',
  '\\0',
  '/bits/ 16',
  '/delete-node/',
  '/include/ "x"',
  '/incbin/("x")',
  '/memreserve/',
  '/omit-if-no-ref/',
  '@',
  '#',
  '/*',
  '*/',
  '//',
  '(',
  ')',
  '? :',
  '<<',
  '0x',
  '08',
  '99999999999999999999',
  '-1',
  ' / 0',
  ' % 0',
  'l1:',
  '= <>',
  '__overlay__ {',
];

/** Any text is a device tree source or a fault; what compiles is printed as a source that compiles to the same tree. */
export const sourceFormat: Format = {
  name: 'dts',
  prepare:
    () =>
    (random): Attempt => {
      const input = mutateText(SOURCE, random, DTS);
      const judge = () => {
        const compiled = orRefused(() => compileSource(utf8(input)));
        if (compiled === undefined || compiled.failed) return 'refused' as const;
        // Readers, dtc's too, take a reservation of no bytes for the end of the list.
        if (compiled.reservations.some(({ size }) => size === 0n)) return 'accepted' as const;
        const blob = orRefused(() => writeBlob(compiled));
        if (blob === undefined) return 'refused' as const;
        const printed = printSource(readBlob(blob));
        const again = compileSource(latin1Bytes(printed));
        demand(digestOf(writeBlob(again)) === digestOf(blob), `printed as another tree:\n${printed}`);
        return 'accepted' as const;
      };
      return { input, judge };
    },
};

const JSON_WORDS = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  'null',
  'true',
  '-1',
  '1e999',
  '4294967296',
  '"__proto__": 1,',
  '\\u0000',
  '0.5',
  'verdict=',
  '\n',
];
const digest = { sha256: '0'.repeat(64), size: 5 };
const record = { inputs: 'x', materials: { a: digest }, outputs: { b: digest } };
const DESCRIPTION = JSON.stringify(
  {
    ...{ rootHash: 'ab'.repeat(32), format: 1, algorithm: 'sha256', dataBlockSize: 512, hashBlockSize: 512 },
    ...{ dataBlocks: 8, salt: 'aabb', superblock: true, hashOffset: 0, fec: { roots: 2, offset: 0, blocks: 99 } },
  },
  undefined,
  1,
);
const LOCK = JSON.stringify(
  { version: 1, rotpk: '1'.repeat(64), rootHash: '2', stages: { firmware: record, kernel: record, rootfs: record } },
  undefined,
  1,
);
const REPORT = new TextDecoder().decode(
  printBoardReport({
    verdict: 'verified',
    steps: [
      {
        stage: 'kernel',
        check: verbatim('c'),
        file: 'f',
        verdict: 'verified',
        by: verbatim('k'),
        bytes: 1,
        milliseconds: 1,
      },
    ],
  } as unknown as Parameters<typeof printBoardReport>[0]),
);
const READERS: readonly [string, (text: string) => unknown][] = [
  [LOCK, (text) => parseLock(text, 'x')],
  [DESCRIPTION, (text) => parseDescription(utf8(text), 'x')],
  [REPORT, (text) => parseBoardReport(utf8(text), 'x')],
  ['verdict=refused\nstage=kernel\nreason=x\n', (text) => parseBoardReport(utf8(text), 'x')],
  ['{\n "version": 1,\n "firmware": 3,\n "kernel": 4\n}\n', (text) => parseCounters(text, 'trailer', 'x')],
  ['{"version": 1, "requests": []}', (text) => parseRequests(text, 'x')],
];

/** Any text is a lock, a description, a report, a file of counters or of requests, or a fault. */
export const filesFormat: Format = {
  name: 'files',
  prepare:
    () =>
    (random): Attempt => {
      const [text, read] = random.pick(READERS)!;
      const input = mutateText(text, random, JSON_WORDS);
      return { input, judge: () => (orRefused(() => read(input)) === undefined ? 'refused' : 'accepted') };
    },
};
