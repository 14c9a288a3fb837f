// Writes tests/docs/webaudio_names.txt: every name of webaudio.idl, one a line, with what a dictionary's
// member is by default. docs/conformance.md is compared with it where there is no npm. `npm run names` writes.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'webidl2';

const require = createRequire(import.meta.url);
const file = new URL('../../tests/docs/webaudio_names.txt', import.meta.url);

function defaultOf(value) {
  if (value === null || value === undefined) return '';
  if (value.type === 'sequence') return ' = []';
  if (value.type === 'dictionary') return ' = {}';
  return ` = ${value.type === 'null' ? 'null' : value.value}`;
}

function memberLine(owner, member) {
  const given = (of) => `(${of.arguments.map((argument) => argument.name).join(', ')})`;
  switch (member.type) {
    case 'attribute': return `attribute ${owner}.${member.name}`;
    case 'operation': return `method ${owner}.${member.name}${given(member)}`;
    case 'constructor': return `constructor ${owner}.constructor${given(member)}`;
    case 'field': return `member ${owner}.${member.name}${defaultOf(member.default)}`;
    case 'enum-value': return `value ${owner}.${member.value}`;
    case 'maplike': return `maplike ${owner}.maplike`;
    default: throw new Error(`${owner} has a ${member.type}, which this program does not know`);
  }
}

export function names() {
  const idl = parse(readFileSync(require.resolve('@webref/idl/webaudio.idl'), 'utf8'));
  return idl.map((of) => [`${of.type} ${of.name}`,
    ...(of.members ?? of.values ?? []).map((member) => memberLine(of.name, member))].join('\n') + '\n').join('');
}

export const written = () => readFileSync(file, 'utf8');

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(fileURLToPath(file), names());
