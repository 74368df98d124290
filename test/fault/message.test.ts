import { describe, expect, expectTypeOf, test } from 'vitest';
import { fillTemplate, type Message, messages, textOf, verbatim } from '../../src/fault.ts';

const say = messages({
  'demo/plain': 'there is no /images node',
  'demo/values': 'the data ends at {end}, but the file has {size} bytes',
  'demo/twice': '{name} is not {name}',
  'demo/plural': '{levels} {levels|level|levels}',
  'demo/outer': '{image}: {reason}',
});

describe('a message', () => {
  test.each<[name: string, message: Message, text: string]>([
    ['without values', say('demo/plain'), 'there is no /images node'],
    ['with values', say('demo/values', { end: '0x10', size: 3 }), 'the data ends at 0x10, but the file has 3 bytes'],
    ['with one value twice', say('demo/twice', { name: 'a' }), 'a is not a'],
    ['of one', say('demo/plural', { levels: 1 }), '1 level'],
    ['of none', say('demo/plural', { levels: 0 }), '0 levels'],
    ['of a number that came as text', say('demo/plural', { levels: '1' }), '1 level'],
    ['in a message', say('demo/outer', { image: 'fdt', reason: say('demo/plain') }), 'fdt: there is no /images node'],
    ['whose value looks like a placeholder', say('demo/twice', { name: '{name}' }), '{name} is not {name}'],
    ['whose value looks like a replacement', say('demo/twice', { name: '$&' }), '$& is not $&'],
  ])('%s', (_, message, text) => {
    expect([message.text, textOf(message)]).toEqual([text, text]);
  });

  test('keeps its code and values, and passes between threads', () => {
    const message = say('demo/outer', { image: 'fdt', reason: say('demo/plural', { levels: 2 }) });
    expect(structuredClone(message)).toEqual({
      code: 'demo/outer',
      values: { image: 'fdt', reason: { code: 'demo/plural', values: { levels: 2 }, text: '2 levels' } },
      text: 'fdt: 2 levels',
    });
  });

  test('is translated from the inside out', () => {
    const korean: Readonly<Record<string, string>> = {
      'demo/plural': '레벨 {levels}개',
      'demo/outer': '{image}: {reason}.',
    };
    const translate = ({ code, values, text }: Message): string =>
      korean[code] === undefined ? text : fillTemplate(korean[code], values, translate);
    const translated = (reason: Message): string => translate(say('demo/outer', { image: 'fdt', reason }));
    expect(translated(say('demo/plural', { levels: 1 }))).toBe('fdt: 레벨 1개.');
    expect(translated(verbatim('ENOENT'))).toBe('fdt: ENOENT.');
  });

  test('takes the values that its template names, and no others', () => {
    expectTypeOf(say<'demo/plain'>).parameters.toEqualTypeOf<[code: 'demo/plain']>();
    // @ts-expect-error a value is missing
    expect(() => say('demo/values', { end: '0x10' })).toThrow('no value for size');
  });
});
