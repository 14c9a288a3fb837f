// Enums as sets, dictionaries as functions that read one in the order that WebIDL prescribes: inherited
// members first, each dictionary's own sorted by name.
import { convert, fold, importsFrom, literal, quote } from './types.mjs';

const WEBIDL = ['double', 'unrestrictedDouble', 'float', 'unsignedLong', 'long', 'string', 'enumeration',
  'sequence',
  'floatSequence', 'record', 'object', 'dictionaryObject', 'missingMember', 'isObjectOrNothing',
    'foreignArgument',
  'instanceArgument'];
const INSTANCES = ['isAudioBuffer', 'isPeriodicWave'];

export function members(idl, name) {
  const own = idl.dictionaries.get(name);
  const inherited = own.inheritance ? members(idl, own.inheritance) : [];
  const sorted = [...own.members].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...inherited, ...sorted.map((member) => ({ name: member.name, idlType: member.idlType,
    default: member.default,
    required: member.required, of: name }))];
}

function readMember(idl, member) {
  const what = `${member.of}.${member.name}`;
  const lines = [`    value = from.${member.name};`,
    `    if (value !== undefined) ${member.name} = ${convert(idl, member.idlType, 'value', what)};`];
  if (member.required) lines.push(`    else throw missingMember(${quote(what)});`);
  return lines;
}

function dictionaryText(idl, name) {
  const all = members(idl, name);
  const required = all.find((member) => member.required);
  const lines = [`export function to${name}(from, what) {`, '  const given = dictionaryObject(from, what);'];
  for (const member of all) {
    const start = member.default === null ? '' : ` = ${literal(member.default, member.idlType)}`;
    lines.push(`  let ${member.name}${start};`);
  }
  lines.push('  if (given !== undefined) {', '    let value;', ...all.flatMap((member) => readMember(idl,
    member)));
  if (required === undefined) lines.push('  }');
  else lines.push('  } else {', `    throw missingMember(${quote(`${required.of}.${required.name}`)});`,
    '  }');
  lines.push(`  return { ${all.map((member) => member.name).join(', ')} };`, '}');
  return lines.join('\n');
}

const RETURNED_ONLY = new Set(['AudioTimestamp']); // never read from users
const ELSEWHERE = new Set(['AudioParamDescriptor']); // in the worklet's scope

export function dictionariesText(idl) {
  const enums = [...idl.enums].map(
    ([name, values]) => `export const ${name} = new Set([${values.map(quote).join(', ')}]);`);
  const names = [...idl.dictionaries.keys()].filter((name) => !RETURNED_ONLY.has(name) &&
    !ELSEWHERE.has(name));
  const body = [...enums, '', names.map((name) => dictionaryText(idl, name)).join('\n\n')].join('\n');
  return ['// Generated from the Web Audio IDL by tools/generate.mjs: do not edit.',
    `import { ${importsFrom(body, WEBIDL).join(', ')} } from '../webidl.mjs';`,
    `import { ${importsFrom(body, INSTANCES).join(', ')} } from './interfaces.mjs';`, '', body, '']
    .join('\n').split('\n').map(fold).join('\n');
}
