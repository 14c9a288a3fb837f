// Goal: the classes are those of the specification's IDL, and what is generated is up to date. Method: walk
// the IDL with the parser alone and look at the live classes; nothing of the generator but its result is
// used.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { parse } from 'webidl2';
import { stale } from '../tools/generate.mjs';
import { calls, slots } from '../src/host/node.mjs';
import { interfaces } from '../src/generated/interfaces.mjs';
import { nodeState } from '../src/impl/brands.mjs';
import { offline, silent, wavepool } from './helpers.mjs';

const require = createRequire(import.meta.url);
const idl = parse(readFileSync(require.resolve('@webref/idl/webaudio.idl'), 'utf8'));
const inWindow = (definition) => definition.extAttrs.some(
  (attribute) => attribute.name === 'Exposed' && attribute.rhs.value === 'Window');
const all = idl.filter((definition) => definition.type === 'interface' && inWindow(definition));
const dictionaries = new Map(idl.filter((each) => each.type === 'dictionary').map((each) => [each.name,
  each]));
const enums = new Map(idl.filter((each) => each.type === 'enum').map((each) => [each.name,
  each.values.map((value) => value.value)]));
const required = (operation) => operation.arguments.filter((argument) => !argument.optional).length;
const least = (operations) => Math.min(...operations.map(required));
const own = (of, type) => of.members.filter((member) => member.type === type);

it('what is generated is not stale', () => assert.deepEqual(stale(), []));

// What is not in the IDL of Web Audio.
const OTHERS = ['mediaDevices', 'AudioInputNode', 'MediaFileSourceNode', 'AudioBufferPool', 'AudioMemoryManager',
  'AudioNodePools', 'AudioProfiler', 'NodePool', 'Voice', 'VoicePool'];
it('the package exports every interface', () => {
  assert.deepEqual(Object.keys(wavepool).filter((name) => !OTHERS.includes(name)).sort(),
    all.map((each) => each.name).sort());
});

// -- shapes -------------------------------------------------------------------------------------------------

function checkFunction(descriptor, name, length) {
  assert.equal(typeof descriptor.value, 'function');
  assert.deepEqual([descriptor.value.name, descriptor.value.length], [name, length]);
  assert.deepEqual([descriptor.enumerable, descriptor.configurable, descriptor.writable], [true, true, true]);
  assert.equal(Object.hasOwn(descriptor.value, 'prototype'), false, 'a method is no constructor');
}

function checkAttribute(descriptor, member) {
  assert.deepEqual([descriptor.enumerable, descriptor.configurable], [true, true]);
  assert.deepEqual([descriptor.get.name, descriptor.get.length], [`get ${member.name}`, 0]);
  if (member.readonly) assert.equal(descriptor.set, undefined);
  else assert.deepEqual([descriptor.set.name, descriptor.set.length], [`set ${member.name}`, 1]);
}

for (const of of all) {
  describe(of.name, () => {
    const constructor = interfaces[of.name];
    const { prototype } = constructor;

    it('interface object', () => {
      assert.equal(constructor.name, of.name);
      assert.deepEqual(Object.getOwnPropertyDescriptor(constructor, 'prototype'),
        { value: prototype, writable: false, enumerable: false, configurable: false });
      assert.equal(prototype.constructor, constructor);
      assert.equal(Object.getOwnPropertyDescriptor(prototype, 'constructor').enumerable, false);
      const parent = interfaces[of.inheritance] ?? globalThis[of.inheritance];
      if (parent !== undefined) {
        assert.equal(Object.getPrototypeOf(constructor), parent);
        assert.equal(Object.getPrototypeOf(prototype), parent.prototype);
      } else if (of.inheritance === null) {
        assert.equal(Object.getPrototypeOf(constructor), Function.prototype);
        assert.equal(Object.getPrototypeOf(prototype), Object.prototype);
      }
      assert.deepEqual(Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag),
        { value: of.name, writable: false, enumerable: false, configurable: true });
      assert.throws(() => constructor(), TypeError, 'no call without new');
      const constructors = own(of, 'constructor');
      assert.equal(constructor.length, constructors.length > 0 ? least(constructors) : 0);
      if (constructors.length === 0) assert.throws(() => new constructor(), TypeError);
      if (constructors.length > 0 && least(constructors) > 0) assert.throws(() => new constructor(),
        TypeError);
    });

    it('members', () => {
      const names = new Set(own(of, 'attribute').map((member) => member.name));
      for (const member of own(of, 'attribute')) {
        checkAttribute(Object.getOwnPropertyDescriptor(prototype, member.name), member);
      }
      for (const { name } of own(of, 'operation')) {
        const overloads = own(of, 'operation').filter((member) => member.name === name);
        checkFunction(Object.getOwnPropertyDescriptor(prototype, name), name, least(overloads));
        names.add(name);
      }
      if (own(of, 'maplike').length > 0) {
        for (const name of ['size', 'get', 'has', 'keys', 'values', 'entries', 'forEach']) names.add(name);
        assert.equal(prototype[Symbol.iterator], prototype.entries);
      }
      const found = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
      assert.deepEqual(found.sort(), [...names].sort());
    });

    it('members refuse what is none of theirs', async () => {
      const others = [undefined, null, 1, {}, Object.create(prototype), prototype, new EventTarget()];
      for (const member of own(of, 'attribute')) {
        const { get, set } = Object.getOwnPropertyDescriptor(prototype, member.name);
        for (const other of others) {
          assert.throws(() => get.call(other), TypeError, member.name);
          if (set !== undefined) assert.throws(() => set.call(other, 1), TypeError, member.name);
        }
      }
      for (const member of own(of, 'operation')) {
        const given = member.arguments.map(() => 1);
        for (const other of others) {
          if (member.idlType.generic === 'Promise') {
            await assert.rejects(prototype[member.name].apply(other, given), TypeError, member.name);
          } else {
            assert.throws(() => prototype[member.name].apply(other, given), TypeError, member.name);
          }
        }
      }
    });
  });
}

// -- live objects -------------------------------------------------------------------------------------------

const context = offline();
const isNode = (name) => {
  for (let each = all.find((of) => of.name === name); each; each =
    all.find((of) => of.name === each.inheritance)) {
    if (each.name === 'AudioNode') return true;
  }
  return false;
};
const nodes = all.filter((of) => isNode(of.name) && own(of, 'constructor').length > 0);

// What must be given, for those that have no defaults.
const need = (of) => (of.name === 'IIRFilterNode' ? { feedforward: [1], feedback: [1] } : {});
function tryMake(of) {
  try {
    return new interfaces[of.name](context, need(of));
  } catch (error) {
    return error;
  }
}
const made = new Map(nodes.map((of) => [of, tryMake(of)]));
const present = nodes.filter((of) => made.get(of) instanceof wavepool.AudioNode);

it('nodes are there, or say that they are not', () => {
  const absent = nodes.filter((of) => !present.includes(of));
  assert.ok(present.length >= 15);
  for (const of of absent) {
    const isPlatform = of.name.startsWith('Media') &&
      made.get(of) instanceof TypeError; // types that Node lacks
    const needsProcessor = of.name === 'AudioWorkletNode' && made.get(of).name === 'InvalidStateError';
    assert.ok(isPlatform || needsProcessor || made.get(of).name === 'NotSupportedError', of.name);
  }
  for (const of of absent.filter((each) => made.get(each).name === 'NotSupportedError')) {
    assert.match(made.get(of).message, new RegExp(`${of.name} is not there yet`));
  }
});

function options(name) {
  const of = dictionaries.get(name);
  return of === undefined ? [] : [...options(of.inheritance), ...of.members];
}
const optionsOf = (of) => options(own(of, 'constructor')[0].arguments[1].idlType.idlType);
const attributeOf = (node, name) => {
  const value = node[name];
  return value instanceof wavepool.AudioParam ? value.value : value;
};
const defaultOf = (member) => {
  if (member.default.type === 'number') return Number(member.default.value);
  return member.default.type === 'null' ? null : member.default.value;
};

for (const of of present) {
  describe(`options of ${of.name}`, () => {
    const constructor = interfaces[of.name];

    it('defaults', () => {
      const isOptional = constructor.length === 1;
      for (const given of isOptional ? [[], [undefined], [null], [{}]] : [[need(of)]]) {
        const node = new constructor(context, ...given);
        for (const member of optionsOf(of)) {
          if (member.default === null || !(member.name in node)) continue;
          const wanted = defaultOf(member);
          const found = attributeOf(node, member.name);
          assert.ok(Object.is(found, wanted) ||
            Math.fround(wanted) === found, `${member.name}: ${found}, not ${wanted}`);
        }
      }
    });

    it('are read in order, inherited ones first', () => {
      const log = [];
      const given = new Proxy(need(of), { get(target, key) {
        log.push(key);
        return target[key];
      } });
      new constructor(context, given);
      const line = (name) => {
        const { inheritance, members } = dictionaries.get(name);
        return [...(inheritance ? line(inheritance) : []), ...members.map((member) => member.name).sort()];
      };
      assert.deepEqual(log, line(own(of, 'constructor')[0].arguments[1].idlType.idlType));
    });

    it('of wrong types are TypeErrors, and getters that throw are heard', () => {
      const mine = new Error('mine');
      for (const wrong of [1, 'text', true, Symbol('s'), 1n]) {
        assert.throws(() => new constructor(context, wrong), TypeError);
      }
      for (const { name, idlType } of optionsOf(of)) {
        assert.throws(() => new constructor(context, { ...need(of), get [name]() {
          throw mine;
        } }), mine);
        const type = idlType.idlType;
        if (['float', 'double'].includes(type)) {
          for (const wrong of [NaN, Infinity, -Infinity, 'text', {}, undefined, Symbol('s'),
            1n].filter((each) => each !== undefined)) {
            assert.throws(() => new constructor(context, { ...need(of), [name]: wrong }), TypeError, name);
          }
        }
        if (type === 'float') assert.throws(() => new constructor(context, { ...need(of), [name]: 1e39 }), TypeError,
          name);
        if (type === 'unsigned long') {
          assert.throws(() => new constructor(context, { ...need(of), [name]: Symbol('s') }), TypeError, name);
          assert.throws(() => new constructor(context, { ...need(of), [name]: 0 }),
            { name: /NotSupportedError|IndexSizeError|InvalidStateError/ });
        }
        if (enums.has(type)) {
          for (const wrong of ['', 'Sine', 'none of them', null, 1, {}]) {
            assert.throws(() => new constructor(context, { ...need(of), [name]: wrong }), TypeError, name);
          }
        }
        if (idlType.generic === 'sequence') {
          for (const wrong of [1, 'text', null, {}, [NaN], ['text'], [Symbol('s')], [{}], [1n],
            { [Symbol.iterator]: 1 }]) {
            assert.throws(() => new constructor(context, { ...need(of), [name]: wrong }), TypeError, name);
          }
        }
        if (['AudioBuffer', 'PeriodicWave'].includes(type)) {
          for (const wrong of [1, {}, context, context.createGain()]) {
            assert.throws(() => new constructor(context, { ...need(of), [name]: wrong }), TypeError, name);
          }
        }
      }
    });

    it('a context comes first', () => {
      for (const wrong of [undefined, null, {}, 1, context.destination,
        Object.create(wavepool.OfflineAudioContext.prototype)]) {
        assert.throws(() => new constructor(wrong), TypeError);
      }
    });
  });

  describe(`attributes of ${of.name}`, () => {
    const node = made.get(of);
    const attributes = [of, all.find((each) => each.name === 'AudioNode')].flatMap((each) => own(each,
      'attribute'));
    const typed = (type) => attributes.filter((member) => member.idlType.idlType === type);

    it('params are always the same, and read-only', () => {
      for (const { name } of typed('AudioParam')) {
        const param = node[name];
        assert.ok(param instanceof wavepool.AudioParam);
        assert.equal(node[name], param);
        assert.throws(() => {
          node[name] = 1;
        }, TypeError);
        assert.ok(param.minValue <= param.defaultValue && param.defaultValue <= param.maxValue, name);
        assert.equal(Math.fround(param.minValue), param.minValue);
        const other = new interfaces[of.name](context, need(of));
        other[name].value = 0.25;
        assert.equal(other[name].value, 0.25);
      }
    });

    it('params are those of the engine', () => {
      const s = nodeState(node);
      typed('AudioParam').forEach(({ name }, index) => {
        [slots[0], slots[1], slots[2], slots[3]] = [s.context.pointer, s.low, s.high, index];
        calls.paramInfo();
        const [status, value, , , rate] = slots;
        assert.deepEqual([status, value, rate], [0, node[name].defaultValue,
          node[name].automationRate === 'a-rate' ? 1 : 2], name);
      });
    });

    it('enums ignore what is no value, and take strings of others', () => {
      for (const { name, idlType, readonly } of attributes) {
        if (!enums.has(idlType.idlType) || readonly) continue;
        const before = node[name];
        for (const wrong of ['', 'none of them', null, undefined, 1, {}]) {
          node[name] = wrong;
          assert.equal(node[name], before);
        }
        assert.throws(() => {
          node[name] = Symbol('s');
        }, TypeError);
        node[name] = before;
        node[name] = { toString: () => before };
        assert.equal(node[name], before);
      }
    });

    it('numbers are converted, or refused before anything changes', () => {
      for (const { name, readonly } of [...typed('double'), ...typed('float')]) {
        if (readonly) continue;
        const before = node[name];
        for (const wrong of [NaN, Infinity, 'text', {}, undefined, Symbol('s'), 1n]) {
          assert.throws(() => {
            node[name] = wrong;
          }, TypeError, `${name} = ${String(wrong)}`);
        }
        assert.equal(node[name], before);
        node[name] = String(before);
        assert.equal(node[name], before);
      }
    });
  });
}

// -- operations ---------------------------------------------------------------------------------------------

const live = () => {
  const real = silent();
  void real.close();
  return [real, context, context.destination, context.listener, context.createBuffer(1, 1, 48000),
    context.createGain().gain,
    ...present.map((of) => made.get(of))];
};

it('too few arguments are a TypeError, or reject', async () => {
  for (const object of live()) {
    for (const of of all.filter((each) => object instanceof interfaces[each.name])) {
      const names = new Set(own(of, 'operation').map((member) => member.name));
      for (const name of names) {
        const overloads = own(of, 'operation').filter((member) => member.name === name);
        const least_ = least(overloads);
        for (let count = 0; count < least_; count++) {
          const given = overloads[0].arguments.slice(0, count).map(() => 1);
          const call = () => object[name](...given);
          if (overloads[0].idlType.generic === 'Promise') await assert.rejects(call, TypeError,
            `${of.name}.${name}`);
          else assert.throws(call, TypeError, `${of.name}.${name} with ${count}`);
        }
      }
    }
  }
});

it('event handlers take functions and objects, and are null otherwise', () => {
  for (const object of [context, ...present.map((of) => made.get(of))]) {
    for (const of of all.filter((each) => object instanceof interfaces[each.name])) {
      for (const { name } of own(of, 'attribute').filter((member) =>
        member.idlType.idlType === 'EventHandler')) {
        assert.equal(object[name], null);
        for (const value of [() => {}, {}, { handleEvent() {} }]) {
          object[name] = value;
          assert.equal(object[name], value);
        }
        for (const value of [undefined, 1, 'text', null]) {
          object[name] = () => {};
          object[name] = value;
          assert.equal(object[name], null);
        }
      }
    }
  }
});

it('factories are constructors with the defaults', () => {
  const of = all.find((each) => each.name === 'BaseAudioContext');
  let count = 0;
  for (const operation of own(of, 'operation').filter((member) => member.name.startsWith('create'))) {
    const type = operation.idlType.idlType;
    const node = present.find((each) => each.name === type);
    if (node === undefined || required(operation) > 0) continue;
    count++;
    const object = context[operation.name]();
    assert.equal(Object.getPrototypeOf(object), interfaces[type].prototype);
    const other = new interfaces[type](context);
    for (const { name } of [...own(node, 'attribute'), ...own(all.find((each) => each.name === 'AudioNode'),
      'attribute')]) {
      assert.equal(attributeOf(object, name), attributeOf(other, name), `${type}.${name}`);
    }
  }
  assert.ok(count >= 13);
});

it('subclasses are instances of both', () => {
  class Twice extends wavepool.GainNode {
    constructor(of) {
      super(of, { gain: 2 });
    }
  }
  const twice = new Twice(context);
  assert.ok(twice instanceof Twice && twice instanceof wavepool.GainNode);
  assert.equal(twice.gain.value, 2);
});

it('members of one node type refuse another', () => {
  for (const of of present) {
    for (const other of present) {
      if (of === other) continue;
      for (const member of own(of, 'attribute')) {
        const { get } = Object.getOwnPropertyDescriptor(interfaces[of.name].prototype, member.name);
        assert.throws(() => get.call(made.get(other)), TypeError,
          `${of.name}.${member.name} of a ${other.name}`);
      }
    }
  }
});
