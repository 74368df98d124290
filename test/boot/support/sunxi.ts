import { spawn } from 'node:child_process';
import { Editor, encodeValue, makeNode, makeTree, writeBlob } from '../../../src/devicetree/index.ts';

/** Where the board's U-Boot is linked to, and where its program and the image with it go: all in the 1 GiB from 0x40000000. */
const TEXT_BASE = 0x4a00_0000;
const IMAGE = 0x4800_0000;
const PROGRAM = 0x4300_0000;
const UART = 0x01c2_8000;

/** What the program says that nobody signed. */
export const UNSIGNED_RUNS = 'UNSIGNED CODE RUNS';

/** Twice what it takes where two tests share two cores. */
const LIMIT_SECONDS = 60;

/** A control tree that boots the image at IMAGE at once: what is seen of it shows which tree U-Boot read. */
export function withBootCommand(control: Uint8Array): Uint8Array {
  const editor = new Editor(control);
  const config =
    [...editor.root.children()].find(({ name }) => name === 'config') ?? editor.addNode(editor.root, 'config');
  editor.setProperty(config, 'bootcmd', encodeValue(`setenv autostart yes; bootm 0x${IMAGE.toString(16)}`));
  editor.setProperty(config, 'bootdelay', encodeValue(0));
  return editor.bytes();
}

/** An image tree with a program of the board's processor in it and neither hash nor signature. */
export function unsignedImage(): Uint8Array {
  const place = { type: 'kernel', arch: 'arm', os: 'u-boot', compression: 'none', load: PROGRAM, entry: PROGRAM };
  const images = makeNode('images', {}, [makeNode('program', { data: program(), ...place })]);
  const configurations = makeNode('configurations', { default: 'conf' }, [makeNode('conf', { kernel: 'program' })]);
  return writeBlob(
    makeTree(makeNode('', { description: 'unsigned', timestamp: 0, '#address-cells': 1 }, [images, configurations])),
  );
}

/** Writes UNSIGNED_RUNS to the serial port, a byte at a time, and returns. */
function program(): Uint8Array {
  const code = [
    0xe59f_0014, // ldr r0, port
    0xe28f_1014, // adr r1, text
    0xe4d1_2001, // next: ldrb r2, [r1], #1
    0xe352_0000, // cmp r2, #0
    0x012f_ff1e, // bxeq lr
    0xe580_2000, // str r2, [r0]
    0xeaff_fffa, // b next
    UART, // port
  ];
  const text = Buffer.from(`${UNSIGNED_RUNS}\r\n\0`, 'latin1');
  const output = Buffer.alloc(4 * code.length + text.length);
  for (const [i, word] of code.entries()) output.writeUInt32LE(word, 4 * i);
  text.copy(output, 4 * code.length);
  return new Uint8Array(output);
}

/** Runs the board until its console says one of these, and for at most LIMIT_SECONDS. Gives what it said. */
export async function bootSunxi(files: { uBoot: string; image: string }, until: RegExp): Promise<string> {
  const load = (file: string, address: number, more = ''): string[] => [
    '-device',
    `loader,file=${file},addr=0x${address.toString(16)}${more}`,
  ];
  const child = spawn(
    'timeout',
    [
      ...['--kill-after=5', String(LIMIT_SECONDS), 'qemu-system-arm', '-M', 'orangepi-pc', '-nodefaults'],
      ...['-display', 'none', '-serial', 'stdio'],
      ...load(files.uBoot, TEXT_BASE, ',cpu-num=0'),
      ...load(files.image, IMAGE),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1').on('data', (text: string) => {
      said += text;
      if (until.test(said)) child.kill('SIGTERM');
    });
  }
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return said.replaceAll('\r', '');
}
