import fc from 'fast-check';

const label = fc.constantFrom('l0', 'l1', 'l2', 'l3', 'l4', 'l5');
const propertyName = fc.constantFrom('a', 'reg', 'ata', 'data', 'x,y-z', '#q', 'long-property-name', 'compatible');
const nodeName = fc.constantFrom('n', 'n@1', 'n@2', 'node-x', 'y', 'z@ff');

const literal = fc.oneof(
  fc.nat(0xffff_ffff).map(String),
  fc.nat(0xffff_ffff).map((value) => `0x${value.toString(16)}`),
  fc.nat(0o7777).map((value) => `0${value.toString(8)}`),
  fc.constantFrom("'a'", "'\\n'", "'\\x7f'", "'\\''", '7UL', '0xffffffffULL'),
);
const expression: fc.Arbitrary<string> = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal,
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom(...'+ - * & | ^ << >> < > <= >= == != && ||'.split(' ')),
        tie('expression'),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.tuple(fc.constantFrom('-', '~', '!'), tie('expression')).map(([operator, value]) => `(${operator}${value})`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([condition, yes, no]) => `(${condition} ? ${yes} : ${no})`),
    fc.tuple(tie('expression'), literal).map(([left, right]) => `(${left} / (1 + (${right} & 0xff)))`),
  ),
})).expression;

const text = fc
  .array(fc.constantFrom('a', 'b c', '\\n', '\\t', '\\"', '\\\\', '\\x41', '\\101', '\\0', '\xe9', "'", '//', '/*'))
  .map((parts) => `"${parts.join('')}"`);
const bytes = fc.uint8Array({ maxLength: 9 }).map((value) => `[${Buffer.from(value).toString('hex')}]`);
const reference = fc.oneof(
  label.map((name) => `&${name}`),
  fc.constant('&{/}'),
);
const cell = fc.oneof(
  { weight: 3, arbitrary: literal },
  { weight: 2, arbitrary: expression.map((value) => `(${value} & 0xffffffff)`) },
  { weight: 1, arbitrary: reference },
);
const part = fc.oneof(
  text,
  bytes,
  fc.array(cell, { maxLength: 5 }).map((cells) => `<${cells.join(' ')}>`),
  fc.array(expression, { maxLength: 3 }).map((values) => `/bits/ 64 <${values.map((one) => `(${one})`).join(' ')}>`),
  fc.array(fc.nat(255), { maxLength: 5 }).map((values) => `/bits/ 8 <${values.join(' ')}>`),
  fc.array(fc.nat(65_535), { maxLength: 5 }).map((values) => `/bits/ 16 <${values.join(' ')}>`),
  reference,
);
const property = fc
  .tuple(propertyName, fc.array(part, { maxLength: 3 }))
  .map(([name, parts]) => (parts.length === 0 ? `${name};` : `${name} = ${parts.join(', ')};`));
const deletion = fc.oneof(
  propertyName.map((name) => `/delete-property/ ${name};`),
  property,
  property,
  property,
);

function body(depth: number): fc.Arbitrary<string> {
  const properties = fc.uniqueArray(deletion, { selector: (one) => one.split(/[ ;]/)[0], maxLength: 4 });
  if (depth === 0) return properties.map((lines) => lines.join(' '));
  const child = fc.tuple(nodeName, body(depth - 1), fc.boolean());
  const children = fc.uniqueArray(child, { selector: ([name]) => name, maxLength: 3 });
  return fc.tuple(properties, children).map(([lines, nodes]) => {
    const inner = nodes.map(([name, content, omit]) => `${omit ? '/omit-if-no-ref/ ' : ''}${name} { ${content} };`);
    return [...lines, ...inner].join('\n');
  });
}

/** Sources that dtc compiles when it is forced: every label exists, nothing is reported as a syntax error. */
export const sourceText: fc.Arbitrary<string> = fc
  .record({
    reservations: fc.array(fc.tuple(literal, literal), { maxLength: 2 }),
    root: body(2),
    more: fc.array(fc.tuple(fc.constantFrom('/', '&l0', '&l1', '&l2', '&{/labelled@0}'), body(1)), { maxLength: 4 }),
    deleted: fc.array(fc.constantFrom('l3', 'l4'), { maxLength: 1 }),
    kept: body(1),
  })
  .map(({ reservations, root, more, deleted, kept }) =>
    [
      '/dts-v1/;',
      ...reservations.map(([address, size]) => `/memreserve/ ${address} (1 + (${size} & 0xffff));`),
      `/ { ${root}\n`,
      ...[0, 1, 2, 3, 4, 5].map((index) => `l${index}: labelled@${index} { ${index === 0 ? kept : ''} };`),
      '};',
      ...more.map(([target, content]) => `${target} { ${content} };`),
      ...deleted.map((name) => `/delete-node/ &${name};`),
    ].join('\n'),
  );
