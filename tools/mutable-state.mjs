/** Constructors whose instances a module may keep: they have no state that a caller could see. */
const STATELESS = new Set(['Error', 'RangeError', 'TextDecoder', 'TextEncoder', 'TypeError', 'URL']);
/** Globals that return a value that is new and only as mutable as a literal: `Object.freeze(…)`, `Array.from(…)`. */
const BUILT_IN = /^(Array|BigInt|Int32Array|JSON|Math|Number|Object|String|Symbol|Uint8Array)$/;
/** Methods that change their object. */
const CHANGING = /^(add|append|clear|copyWithin|delete|fill|pop|push|reverse|set|shift|sort|splice|unshift)$/;
/** Methods of `Object` that change their first argument. */
const CHANGING_ARGUMENT = /^(assign|defineProperty|defineProperties|setPrototypeOf)$/;
/** Methods of a string that neither use nor keep `lastIndex` of their pattern, if the pattern has the flag `g`. */
const PATTERN_METHOD = /^(match|matchAll|replace|replaceAll|search|split)$/;

/**
 * The variables at the top level of a module that can differ between two copies of it: `let` and `var`, instances, results
 * of calls, regular expressions with a `lastIndex`, and literals and static fields that the module itself changes.
 *
 * @param {import('estree').Program} program
 * @returns {string[]} their names; `default` for a default export without a name
 */
export function mutableState(program) {
  const found = [];
  const changeable = new Set();
  for (const statement of program.body) {
    const declaration = statement.type.startsWith('Export') ? statement.declaration : statement;
    if (declaration?.type === 'VariableDeclaration') {
      for (const { id, init } of declaration.declarations) {
        const names = namesOf(id);
        if (declaration.kind === 'const' && init?.type === 'ClassExpression') found.push(...staticState(init, id.name));
        else if (declaration.kind !== 'const' || isStateful(id, init, program)) found.push(...names);
        else if (init && isLiteral(init)) names.forEach((name) => changeable.add(name));
      }
    } else if (declaration?.type === 'ClassDeclaration') {
      found.push(...staticState(declaration, declaration.id?.name ?? 'default'));
      for (const field of staticFields(declaration)) changeable.add(`${declaration.id?.name}.${field.key.name}`);
    } else if (statement.type === 'ExportDefaultDeclaration' && hasState(declaration)) {
      found.push('default');
    }
  }
  visit(program, (node) => {
    const [root, member] = changedPath(node) ?? [];
    if (changeable.has(root)) found.push(root);
    if (changeable.has(`${root}.${member}`)) found.push(`${root}.${member}`);
  });
  return [...new Set(found)];
}

/** Whether a constant keeps state: its value, or a default in its pattern. */
function isStateful(id, init, program) {
  if (id.type !== 'Identifier' && hasState(id)) return true;
  if (!init || !hasState(init)) return false;
  const flags = init.regex?.flags;
  return !(flags?.includes('g') && id.type === 'Identifier' && isOnlyPattern(id.name, program));
}

/** Whether evaluating the expression makes something that keeps state. */
function hasState(node) {
  switch (node?.type) {
    case 'NewExpression':
      if (node.callee.name === 'RegExp') return keepsLastIndex(node.arguments[1]);
      return !STATELESS.has(node.callee.name) && node.callee.object?.name !== 'Intl';
    case 'CallExpression': {
      const { callee } = node;
      if (callee.type !== 'MemberExpression') return !BUILT_IN.test(callee.name) || node.arguments.some(hasState);
      // a chain such as `new Map().set(…)`
      if (CHANGING.test(callee.property.name) && hasState(callee.object)) return true;
      const isStatic = callee.object.type === 'Identifier' && /^[A-Z][a-z]/.test(callee.object.name);
      if (isStatic && !BUILT_IN.test(callee.object.name)) return true;
      // a built-in function, or a method of a literal or of another constant, such as `SIZES.map(…)`
      return node.arguments.some(hasState);
    }
    case 'Literal':
      return /[gy]/.test(node.regex?.flags ?? '');
    case 'ArrayExpression':
    case 'ArrayPattern':
      return node.elements.some(hasState);
    case 'ObjectExpression':
    case 'ObjectPattern':
      return node.properties.some(hasState);
    case 'Property':
      return hasState(node.value);
    case 'SpreadElement':
    case 'RestElement':
      return hasState(node.argument);
    case 'ConditionalExpression':
      return hasState(node.consequent) || hasState(node.alternate);
    case 'LogicalExpression':
      return hasState(node.left) || hasState(node.right);
    case 'SequenceExpression':
      return hasState(node.expressions.at(-1));
    case 'AssignmentExpression':
    case 'AssignmentPattern':
      return hasState(node.right);
    case 'ClassExpression':
      return staticState(node, '').length > 0;
    case 'AwaitExpression':
      return true;
    default:
      return false;
  }
}

/** Whether a regular expression with these flags, an argument of `RegExp`, keeps the position of its last match. */
const keepsLastIndex = (flags) => Boolean(flags) && (typeof flags.value !== 'string' || /[gy]/.test(flags.value));

/**
 * Whether the module uses a regular expression, and only as the pattern of a string's method, as in `text.replace(NAME, '')`.
 */
function isOnlyPattern(name, program) {
  let mentions = -1; // the declaration
  let patterns = 0;
  visit(program, (node) => {
    if (node.type === 'Identifier' && node.name === name) mentions += 1;
    if (node.type !== 'CallExpression' || !PATTERN_METHOD.test(node.callee.property?.name)) return;
    if (node.arguments[0]?.name === name) patterns += 1;
  });
  return patterns > 0 && patterns === mentions;
}

/** Whether an expression is an array or object literal, or the result of a call, which the module can change. */
function isLiteral(node) {
  if (node.type === 'ConditionalExpression') return isLiteral(node.consequent) || isLiteral(node.alternate);
  if (node.type === 'LogicalExpression') return isLiteral(node.left) || isLiteral(node.right);
  if (node.type === 'SequenceExpression') return isLiteral(node.expressions.at(-1));
  return /^(Array|Object|Call)Expression$/.test(node.type);
}

/** The static fields of a class that keep state, or that one of its static methods changes as a member of `this`. */
function staticState(declaration, className) {
  const fields = staticFields(declaration);
  const changed = new Set();
  for (const member of declaration.body.body) {
    if (member.static || member.type === 'StaticBlock') {
      visit(member, (node) => {
        const [root, field] = changedPath(node) ?? [];
        if (root === 'this') changed.add(field);
      });
    }
  }
  return fields
    .filter(({ key, value }) => hasState(value) || changed.has(key.name))
    .map(({ key }) => `${className}.${key.name}`);
}

const staticFields = ({ body }) =>
  body.body.filter(({ type, static: isStatic }) => type === 'PropertyDefinition' && isStatic);

/** The variable that a node changes and its member, as in `list.push(x)`, `Pool.count += 1` and `delete map[key]`. */
function changedPath(node) {
  if (node.type === 'AssignmentExpression') return pathOfMember(node.left);
  if (node.type === 'UpdateExpression') return pathOfMember(node.argument);
  if (node.type === 'UnaryExpression' && node.operator === 'delete') return pathOfMember(node.argument);
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return undefined;
  const { object, property } = node.callee;
  if (object.name === 'Object' && CHANGING_ARGUMENT.test(property.name)) return pathOf(node.arguments[0]);
  return CHANGING.test(property.name) ? pathOf(object) : undefined;
}

const pathOfMember = (node) => (node.type === 'MemberExpression' ? pathOf(node) : undefined);

/** The variable at the root of a chain of members, and the first member: `['Pool', 'all']` of `Pool.all[0].name`. */
function pathOf(node) {
  if (node?.type === 'ThisExpression') return ['this'];
  if (node?.type === 'Identifier') return [node.name];
  if (node?.type === 'ChainExpression') return pathOf(node.expression);
  if (node?.type !== 'MemberExpression') return undefined;
  const path = pathOf(node.object);
  return path?.length === 1 ? [path[0], node.property.name ?? node.property.value] : path;
}

/** The variables that a pattern declares. */
function namesOf(pattern) {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ArrayPattern':
      return pattern.elements.flatMap(namesOf);
    case 'ObjectPattern':
      return pattern.properties.flatMap(({ value, argument }) => namesOf(value ?? argument));
    case 'AssignmentPattern':
      return namesOf(pattern.left);
    case 'RestElement':
      return namesOf(pattern.argument);
    default:
      return [];
  }
}

function visit(node, look) {
  look(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') visit(child, look);
    }
  }
}
