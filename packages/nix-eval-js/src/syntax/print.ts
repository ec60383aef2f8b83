/** Syntax tree → text, as `nix-instantiate --parse` prints it. */
import { formatFloat } from '../text/float.ts';
import type { AttrName, AttrsExpr, Expr } from './ast.ts';
import { showName, showString } from './quote.ts';

/** Joined by concatenation: strings that contain each other thousands deep are copied once, at the end. */
function joined(texts: readonly string[], separator: string): string {
  let out = '';
  texts.forEach((text, i) => {
    out += i === 0 ? text : separator + text;
  });
  return out;
}

/** An expression on one line, as a byte string. */
export function showExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'int':
      return String(expr.value);
    case 'float':
      return formatFloat(expr.value);
    case 'string':
      return showString(expr.value);
    case 'path':
      return expr.value;
    case 'var':
      return showName(expr.name);
    case 'inherit-from':
      return '(/* expanded inherit (expr) */)';
    case 'select': {
      const or = expr.or === null ? '' : ` or (${showExpr(expr.or)})`;
      return `(${showExpr(expr.of)}).${showAttrPath(expr.path)}${or}`;
    }
    case 'has-attr':
      return `((${showExpr(expr.of)}) ? ${showAttrPath(expr.path)})`;
    case 'attrs':
      return `${expr.recursive ? 'rec ' : ''}{ ${showBindings(expr)}}`;
    case 'list':
      return `[ ${joined(
        expr.items.map((item) => `(${showExpr(item)}) `),
        '',
      )}]`;
    case 'lambda': {
      let head = '';
      if (expr.formals !== null) {
        const formals = expr.formals.map(
          ({ name, or }) => showName(name) + (or === null ? '' : ` ? ${showExpr(or)}`),
        );
        if (expr.ellipsis) formals.push('...');
        head = `{ ${joined(formals, ', ')} }${expr.arg === null ? '' : ' @ '}`;
      }
      if (expr.arg !== null) head += showName(expr.arg);
      return `(${head}: ${showExpr(expr.body)})`;
    }
    case 'call':
      return `(${joined([expr.fn, ...expr.args].map(showExpr), ' ')})`;
    case 'let':
      return `(let ${showBindings(expr.attrs)}in ${showExpr(expr.body)})`;
    case 'with':
      return `(with ${showExpr(expr.attrs)}; ${showExpr(expr.body)})`;
    case 'if':
      return `(if ${showExpr(expr.condition)} then ${showExpr(expr.yes)} else ${showExpr(expr.no)})`;
    case 'assert':
      return `assert ${showExpr(expr.condition)}; ${showExpr(expr.body)}`;
    case 'not':
      return `(! ${showExpr(expr.of)})`;
    case 'binary':
      return `(${showExpr(expr.left)} ${expr.operator} ${showExpr(expr.right)})`;
    case 'concat':
      return `(${joined(
        expr.parts.map((part) => showExpr(part.value)),
        ' + ',
      )})`;
    case 'cur-pos':
      return '__curPos';
  }
}

/** A dotted path; parts that are not static are shown as interpolations. */
export function showAttrPath(path: readonly AttrName[]): string {
  const parts = path.map((name) => (typeof name === 'string' ? showName(name) : `"\${${showExpr(name)}}"`));
  return joined(parts, '.');
}

function showBindings(attrs: AttrsExpr): string {
  const sorted = [...attrs.attrs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const inherited: string[] = [];
  const inheritedFrom = new Map<number, string[]>();
  let plain = '';
  for (const [name, def] of sorted) {
    if (def.from === 'plain') plain += `${showName(name)} = ${showExpr(def.value)}; `;
    else if (def.from === 'inherit') inherited.push(showName(name));
    else if (def.value.kind === 'select' && def.value.of.kind === 'inherit-from') {
      const { index } = def.value.of;
      const names = inheritedFrom.get(index);
      if (names === undefined) inheritedFrom.set(index, [showName(name)]);
      else names.push(showName(name));
    }
  }
  let out = inherited.length > 0 ? `inherit ${inherited.join(' ')}; ` : '';
  for (const [index, names] of [...inheritedFrom].sort(([a], [b]) => a - b)) {
    out += `inherit (${showExpr(attrs.inheritFrom[index]!)}) ${names.join(' ')}; `;
  }
  out += plain;
  for (const { name, value } of attrs.dynamic) out += `"\${${showExpr(name)}}" = ${showExpr(value)}; `;
  return out;
}
