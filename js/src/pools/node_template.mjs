// What JavaScript knows of a pooled node beside the engine: as its factory left it, and put back to that.
import { paramStateOf } from '../generated/interfaces.mjs';
import { forgetListeners, setHandler } from '../impl/events.mjs';

export class NodeTemplate {
  constructor(n) {
    this.kind = n.kind;
    this.channelCount = n.channelCount;
    this.mode = n.mode;
    this.interpretation = n.interpretation;
    this.options = n.options;
    this.own = typeof n.own === 'object' && n.own !== null ? { ...n.own } : n.own;
    this.rates = n.kind.params.map(({ rate }, index) => (n.params?.[index] === undefined
      ? rate : paramStateOf(n.params[index]).rate));
    this.handlers = n.handlers === null ? null
      : Object.entries(n.handlers).map(([type, { value }]) => [type, value]);
  }
}

function restoreListeners(n, wrapper, template) {
  if (n.wrapper !== null) forgetListeners(wrapper, n);
  if (template.handlers === null) return;
  for (const [type, value] of template.handlers) setHandler(wrapper, n, type, value);
}

export function restore(n, wrapper, template) {
  n.channelCount = template.channelCount;
  n.mode = template.mode;
  n.interpretation = template.interpretation;
  n.options = template.options;
  n.isStarted = false;
  if (typeof n.own === 'object' && n.own !== null && template.own !== null) Object.assign(n.own,
    template.own);
  else n.own = template.own;
  if (n.params !== null) {
    for (let index = 0; index < n.params.length; index++) {
      if (n.params[index] === undefined) continue;
      const p = paramStateOf(n.params[index]);
      p.rate = template.rates[index];
      p.kept = undefined;
    }
  }
  restoreListeners(n, wrapper, template);
}
