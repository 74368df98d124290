import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Struct } from '../../src/binary/index.ts';
import { chainRules, manifestJsonSchema } from '../../src/boot/index.ts';
import { contentRules } from '../../src/boot/internal.ts';
import { documentCommands } from '../../src/cli/main.ts';
import { checkTable } from '../../src/devicetree/checks/table.ts';
import { catalog } from '../../src/fault.ts';
import { lintRules } from '../../src/fit/index.ts';
import { exampleControl, exampleTree } from '../../src/fit/lint/example.ts';
import type { LintExample, LintRule } from '../../src/fit/lint/rule.ts';
import { linuxRules, refusingReleases } from '../../src/pki/index.ts';
import { supportRules } from '../../src/verity/index.ts';
import { printUntaken } from '../../src/verity/internal.ts';

/** `npm run docs` writes these files anew; here they are held against the code that they describe. */
const DOCS = resolve(import.meta.dirname, '../../docs');
const SOURCE = resolve(import.meta.dirname, '../../src');
const NOTE = '<!-- Generated from the code by `npm run docs`. -->';

/** A remedy whatever the occurrence: each value of a context is its own name in capitals. */
function generalRemedy(remedy: unknown): string {
  if (typeof remedy !== 'function') return typeof remedy === 'string' ? remedy : '';
  const context = new Proxy({}, { get: (_, name) => (name === 'meant' ? [] : String(name).toUpperCase()) });
  return String(remedy(context) ?? '');
}

describe('generated documentation is current', () => {
  test('errors.md', async () => {
    const rows = Object.entries(catalog).map(
      ([code, { brief, exit, remedy }]) => `| \`${code}\` | ${exit} | ${brief} | ${generalRemedy(remedy)} |`,
    );
    const text = [
      '# Errors',
      '',
      NOTE,
      '',
      'Every failure that input, a file or the kernel can cause, with the exit code of a command that meets it: 1 refused or',
      'not verified, 2 usage, 3 input/output. In the library it is a `Fault` with this code and a typed context.',
      '',
      'A command prints it on the standard error as `error: …`, with `fix: …` where something can be done about it. With',
      '`--json` it is one line: `{"error":{"code":…,"message":…,"context":…,"remedy":…}}`.',
      '',
      'A word in capitals stands for a value of the occurrence.',
      '',
      '| code | exit | meaning | what to do |',
      '|---|---|---|---|',
      ...rows.toSorted(),
      '',
    ];
    await expect(text.join('\n')).toMatchFileSnapshot(resolve(DOCS, 'errors.md'));
  });

  test('commands.md', async () => {
    const commands = await documentCommands();
    expect(commands.length).toBeGreaterThan(20);
    const text = commands.map(([route, help]) => `## ${route}\n\n\`\`\`\n${help.trim()}\n\`\`\`\n`);
    await expect(['# Commands', '', NOTE, '', ...text].join('\n')).toMatchFileSnapshot(resolve(DOCS, 'commands.md'));
  });

  test('the tables in verity.md', async () => {
    const file = resolve(DOCS, 'verity.md');
    const tables = { linux: linuxTable(), support: supportTable() };
    const text = Object.entries(tables).reduce(
      (all, [name, table]) =>
        all.replace(new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`), `$1\n${table}\n\n$2`),
      readFileSync(file, 'utf8'),
    );
    for (const table of Object.values(tables)) expect(text).toContain(table);
    await expect(text).toMatchFileSnapshot(file);
  });

  test('formats.md', async () => {
    const structs = await findStructs();
    expect(structs.length).toBeGreaterThanOrEqual(4);
    const text = structs.map(({ type, size, rows }) =>
      [
        `## ${type} (${size} bytes)`,
        '',
        '| offset | size | field | type | meaning |',
        '|---|---|---|---|---|',
        ...rows.map(
          (row) => `| 0x${row.offset.toString(16)} | ${row.size} | ${row.name} | \`${row.type}\` | ${row.doc} |`,
        ),
        '',
      ].join('\n'),
    );
    await expect(['# Binary layouts', '', NOTE, '', ...text].join('\n')).toMatchFileSnapshot(
      resolve(DOCS, 'formats.md'),
    );
  });

  test('chain.schema.json', async () => {
    const text = `${JSON.stringify(manifestJsonSchema, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(resolve(DOCS, 'chain.schema.json'));
  });

  test('manifest.md', async () => {
    const text = [
      '# The manifest, member by member',
      '',
      NOTE,
      '',
      'What may stand in `chain.yaml`; [chain.md](chain.md) says what it is for. Members in *italics* may be left out; NAME is',
      'a name of your own.',
      '',
      '| member | value | meaning |',
      '|---|---|---|',
      ...membersOf(manifestJsonSchema as JsonSchema, ''),
      '',
    ];
    await expect(text.join('\n')).toMatchFileSnapshot(resolve(DOCS, 'manifest.md'));
  });

  test('findings.md', async () => {
    const rows = chainRules.map(
      ({ id, level, stage, remedy }) => `| \`${id}\` | ${level} | ${stage} | ${remedy.text} |`,
    );
    const ofContent = Object.entries(contentRules).map(
      ([id, { level, stage, remedy }]) => `| \`${id}\` | ${level} | ${stage} | ${remedy.text} |`,
    );
    const ofFits = lintRules.map(({ id, level, checks }) => `| [\`${id}\`](#${id}) | ${level} | ${checks} |`);
    const text = [
      '# Findings',
      '',
      NOTE,
      '',
      '## Over an image tree',
      '',
      'What `bootwright fit lint FIT` and `bootwright inspect FIT` say of an image tree. `error`: something unsigned boots,',
      'or a secret gets out. `warning`: it does not boot as it is meant to. `note`: it may be what you want.',
      '',
      '| rule | level | what holds where it finds nothing |',
      '|---|---|---|',
      ...ofFits,
      '',
      'The examples of each rule below are changes of this image tree, and of this control tree where they say so:',
      '',
      '```dts',
      exampleTree.trimEnd(),
      '```',
      '',
      '```dts',
      exampleControl.trimEnd(),
      '```',
      '',
      ...lintRules.flatMap(lintRuleSection),
      '## Over a device tree',
      '',
      'What `bootwright dts compile`, `as dtc` and `bootwright inspect` say of a source, by the names that dtc has for them.',
      '`off`: only with `--check NAME=warning`.',
      '',
      '| check | level | what holds where it finds nothing | found here | not found here |',
      '|---|---|---|---|---|',
      ...checkTable.map(
        ({ name, level, about, failing, passing }) =>
          `| \`${name}\` | ${level} | ${about} | ${sourceCell(failing)} | ${sourceCell(passing)} |`,
      ),
      '',
      '## Over a chain',
      '',
      'What `bootwright verify OUT --explain` and `--sarif` say of a chain that verifies and yet is not as it should be. Errors and',
      'warnings over its image tree are among them, as `fit/lint/…`.',
      '',
      '| finding | level | stage | what to do |',
      '|---|---|---|---|',
      ...rows,
      ...ofContent,
      '',
    ];
    await expect(text.join('\n')).toMatchFileSnapshot(resolve(DOCS, 'findings.md'));
  });

  test('every document that another one names is there', () => {
    const files = [
      'README.md',
      'CONTRIBUTING.md',
      ...readdirSync(DOCS)
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ];
    const broken = files.flatMap((file) => {
      const text = readFileSync(resolve(DOCS, '..', file), 'utf8');
      const folder = resolve(DOCS, '..', file, '..');
      return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g)]
        .filter(([, target = '']) => !isThere(resolve(folder, target)))
        .map(([, target]) => `${file}: ${target}`);
    });
    expect(broken).toEqual([]);
  });
});

const sourceCell = (source: string | undefined): string => (source === undefined ? '' : `\`${source}\``);

/** A rule of lint with its texts and examples. */
function lintRuleSection({ id, level, why, remedy, failing, passing }: LintRule): string[] {
  return [
    `### ${id}`,
    '',
    `${level}: ${why.text} ${remedy.text}`,
    '',
    ...exampleText('Found here', failing),
    ...exampleText('Not found here', passing),
  ];
}

function exampleText(title: string, { tree, control, board, files = {} }: LintExample): string[] {
  const more = [
    ...(control === undefined ? [] : [control === '' ? 'with the control tree' : 'with a changed control tree']),
    ...(board === undefined ? [] : [`on the board ${board.join(', ')}`]),
  ];
  const sources = [tree, control, ...Object.entries(files).map(([name, text]) => `/* ${name} */ ${text}`)];
  const code = sources.flatMap((source) => (source === undefined || source === '' ? [] : [short(source)]));
  const head = `${[title, ...more].join(', ')}:`;
  if (code.length === 0)
    return [more.length === 0 ? `${title}: in the tree as it is.` : `${head} the tree as it is.`, ''];
  return [head, '', '```dts', ...code, '```', ''];
}

/** A source without what repeats in it. */
const short = (text: string): string => text.replace(/("[^"]+"(?:, )?)\1{8,}/g, '$1…, ');

/** Every exported struct declaration of the format rooms, by the name that its specification gives it. */
async function findStructs(): Promise<Struct<unknown>[]> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const declaring = files.filter((name) =>
    /export const \w+ = struct\(/.test(readFileSync(resolve(SOURCE, name), 'utf8')),
  );
  const modules = await Promise.all(
    declaring.map((name) => import(resolve(SOURCE, name)) as Promise<Record<string, unknown>>),
  );
  const structs = modules.flatMap((module) => Object.values(module)).filter(isStruct);
  return structs.toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

function isStruct(value: unknown): value is Struct<unknown> {
  return typeof value === 'object' && value !== null && 'rows' in value && 'decode' in value;
}

function isThere(path: string): boolean {
  try {
    return readdirSync(resolve(path, '..')).includes(path.slice(path.lastIndexOf('/') + 1));
  } catch {
    return false;
  }
}

/** The parts of JSON Schema that the manifest's uses. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
}

/** A row for each member, and below it those of what it holds. */
function membersOf({ properties = {}, required = [], anyOf = [] }: JsonSchema, above: string): string[] {
  const inParts = anyOf.flatMap((part) => membersOf(part, above));
  const own = Object.entries(properties).flatMap(([name, member]) => {
    const shown = required.includes(name) ? `**${above}${name}**` : `*${above}${name}*`;
    const { additionalProperties: named } = member;
    const inner = named === undefined || named === false ? member : named;
    const path = inner === member ? `${above}${name}.` : `${above}${name}.NAME.`;
    return [`| ${shown} | ${shownValue(member)} | ${member.description ?? ''} |`, ...membersOf(inner, path)];
  });
  return [...own, ...inParts];
}

function shownValue(schema: JsonSchema): string {
  const { type, enum: choices, minimum, maximum, items, anyOf, additionalProperties: named } = schema;
  if (anyOf !== undefined) return anyOf.map(shownValue).join(', or ');
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (type === 'array') return `list of ${shownValue(items ?? {})}`;
  if (type === 'integer') return maximum === Number.MAX_SAFE_INTEGER ? 'number' : `${minimum} to ${maximum}`;
  if (type === 'object') return named === undefined || named === false ? 'members' : `NAME: ${shownValue(named)}`;
  return 'text';
}

/** What releases of Linux take of signed messages and certificates. */
function linuxTable(): string {
  const rows = Object.values(linuxRules).map(
    ({ what, taken, source }) => `| ${what.text} | ${refusingReleases(taken).text} | ${source} |`,
  );
  return ['| what | refused by | decided in |', '|---|---|---|', ...rows].join('\n');
}

/** What kernels and systemd do not take of a dm-verity device. */
function supportTable(): string {
  const rows = Object.values(supportRules).map(
    (rule) => `| ${rule.what} | ${printUntaken(rule)} | ${rule.remedy} | ${rule.source} |`,
  );
  return ['| what | not taken by | remedy | source |', '|---|---|---|---|', ...rows].join('\n');
}
