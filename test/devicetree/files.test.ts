import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileFile, readBlobFile, writeBlobFile } from '../../src/devicetree/files.node.ts';
import { findNode, findProperty } from '../../src/devicetree/index.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';

test('a source with its includes becomes a blob that reads back', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'common'));
  writeFileSync(join(folder, 'board.dts'), '/dts-v1/;\n/include/ "soc.dtsi"\n/ { model = "board"; };\n');
  writeFileSync(join(folder, 'common/soc.dtsi'), '/ { soc { }; };\n');
  const opened: string[] = [];
  const compiled = await compileFile(join(folder, 'board.dts'), {
    folders: [join(folder, 'common')],
    opened: (name) => opened.push(name),
  });
  expect([compiled.failed, opened]).toEqual([false, [join(folder, 'common/soc.dtsi')]]);
  const file = join(folder, 'board.dtb');
  await writeBlobFile(file, compiled, { padding: 16 });
  const { root } = await readBlobFile(file);
  expect(findNode(root, '/soc')?.name).toBe('soc');
  expect(new TextDecoder().decode(findProperty(root, 'model')?.value)).toBe('board\0');
});

test('what cannot be read is a fault', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'board.dts');
  await expectFaultAsync(() => compileFile(file), 'file/read', { file });
  writeFileSync(file, '/dts-v1/;\n/include/ "soc.dtsi"\n');
  await expectFaultAsync(() => compileFile(file), 'devicetree/include', { file: 'soc.dtsi' });
  await expectFaultAsync(() => readBlobFile(file), 'binary/constant', { path: 'fdt_header.magic' });
});
