import { isBuiltin } from "node:module";

/**
 * The linter's rules for orchestrators, whose code is run again from its start at each step and has to take the same
 * way each time. In an eslint.config.mjs, after a parser for TypeScript was chosen:
 *   import { determinism } from "toygres/determinism";
 *   export default [determinism({ files: ["src/orchestrators/**\/*.ts"] })];
 */
export function determinism({ files }) {
  return {
    name: "toygres/determinism",
    files,
    plugins: { toygres: plugin },
    rules: Object.fromEntries(Object.keys(rules).map((name) => [`toygres/${name}`, "error"])),
  };
}

const LOCAL_TIME =
  /^(?:[gs]et(?:Date|Hours|Minutes|Month|FullYear)|getDay|getTimezoneOffset|toDateString|toTimeString)$/;
const MUTATORS =
  /^(?:set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)$/;
const STEPS =
  /^(?:call|callOrchestration|sleep|until|pause|waitForEvent|all|allSettled|first|result)$/;

/**
 * What each rule says, and of what: globals that are refused whatever is done with them, globals of which some members
 * are, selectors, calls of what was imported under these names, or visitors of its own.
 */
const rules = {
  "no-await": {
    says: "An orchestrator never awaits: use yield* with a step, such as call() or sleep().",
    selectors: ["AwaitExpression", "ForOfStatement[await=true]"],
  },
  "no-async": {
    says: "An orchestrator is never async: write function*, and yield* its steps.",
    selectors: [":function[async=true]"],
    members: { Symbol: ["asyncIterator", "asyncDispose"] },
  },
  "no-promise": {
    says: "A promise goes on outside of the orchestration: use yield* with a step, all() or first().",
    globals: ["Promise"],
    members: { Array: ["fromAsync"] },
    selectors: ["CallExpression[callee.property.name='then']"],
  },
  "no-bare-yield": {
    says: "A bare yield has no type and none of our errors: use yield* with a step, such as call() or all().",
    selectors: ["YieldExpression[delegate=false]"],
  },
  "no-forgotten-step": {
    says: "A step that is only called does nothing: write yield* before it.",
    visitors: forgottenSteps,
  },
  "no-forgotten-work": {
    says: "Started work that nobody awaits never runs: give it to all() or first().",
    calls: { of: /^(?:start|startOrchestration|timer)$/, as: "ExpressionStatement" },
  },
  "return-continue-as-new": {
    says: "Nothing comes after continueAsNew(): write return continueAsNew(ctx, input).",
    calls: { of: /^continueAsNew$/, as: "ExpressionStatement, VariableDeclarator" },
  },
  "no-clock": {
    says: "The machine's clock has gone on at the next replay: use now(ctx).",
    globals: ["performance"],
    members: { Temporal: ["Now"] },
    visitors: (report, source) => ({
      "Program:exit": () => {
        for (const date of globalUses(source, "Date")) if (!isTimeless(date)) report(date);
      },
    }),
  },
  "no-local-time": {
    says: "The machine's time zone may be another one at the next replay: use toISOString(), Date.UTC() or a method with UTC in its name.",
    selectors: [
      `MemberExpression[property.name=${LOCAL_TIME}]`,
      "NewExpression[callee.name='Date'][arguments.length>1]",
    ],
  },
  "no-locale": {
    says: "The machine's language, time zone and ICU data may be others at the next replay: use toISOString(), toFixed() or toLowerCase(), and compare with <.",
    globals: ["Intl"],
    selectors: ["MemberExpression[property.name=/^(?:toLocale.+|localeCompare)$/]"],
  },
  "no-random": {
    says: "What is random is another value at the next replay: use newGuid(ctx).",
    globals: ["crypto"],
    members: { Math: ["random"] },
  },
  "no-timers": {
    says: "The machine's timers know nothing of a replay: use sleep(ctx, ms), until(ctx, moment) or pause().",
    globals: ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
    members: { AbortSignal: ["timeout"] },
  },
  "no-input-output": {
    says: "An orchestrator touches nothing outside: do it in an activity, and call() that.",
    globals: [
      ...["fetch", "WebSocket", "EventSource", "XMLHttpRequest", "Worker", "BroadcastChannel"],
      ...["MessageChannel", "localStorage", "sessionStorage", "indexedDB", "caches"],
    ],
  },
  "no-node-modules": {
    says: "A module of Node.js reaches outside: do it in an activity, and call() that.",
    visitors: (report) => ({
      ":declaration[source]": (node) => {
        if (isBuiltin(node.source.value) && !isForTypes(node)) report(node);
      },
    }),
  },
  "no-environment": {
    says: "The process and its environment may be others at the next replay: take it from the input, or from an activity.",
    globals: ["process", "navigator", "__dirname", "__filename"],
    selectors: ["MetaProperty[meta.name='import']"],
  },
  "no-loading": {
    says: "An orchestrator loads nothing while it runs: import it at the top of the file.",
    globals: ["require", "module"],
    selectors: ["ImportExpression", "TSExternalModuleReference"],
  },
  "no-back-door": {
    says: "What is reached through globalThis, eval or Function is hidden from these rules: name it, or write it out.",
    globals: ["globalThis", "global", "window", "self", "eval", "Function"],
  },
  "no-console": {
    says: "The console is written to again at each replay: use log(ctx).",
    globals: ["console"],
  },
  "no-collector": {
    says: "A replay does not repeat when memory is collected, or changed by others: keep the value in a variable of the generator.",
    globals: ["WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics"],
  },
  "no-module-state": {
    says: "A module's state outlives the replay and is shared by all instances: keep it in a variable of the generator, or in the input that continueAsNew() hands on.",
    selectors: [
      ":matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind=/let|var/]",
      "PropertyDefinition[static=true][readonly!=true]",
    ],
    visitors: moduleState,
  },
};

const plugin = {
  rules: Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, toRule(rule)])),
};

function toRule({ says, globals = [], members = {}, selectors = [], calls, visitors }) {
  return {
    meta: { type: "problem", docs: { description: says }, messages: { wrong: says }, schema: [] },
    create(context) {
      const source = context.sourceCode;
      const report = (node) => context.report({ node, messageId: "wrong" });
      const own = visitors?.(report, source);
      const visits = { ...Object.fromEntries(selectors.map((it) => [it, report])), ...own };
      if (calls !== undefined) {
        visits[`:matches(${calls.as}) > CallExpression`] = (node) => {
          if (calls.of.test(importedName(source, node.callee))) report(node);
        };
      }
      visits["Program:exit"] = () => {
        for (const name of globals) globalUses(source, name).forEach(report);
        for (const [name, refused] of Object.entries(members)) {
          for (const use of globalUses(source, name)) if (reaches(use, refused)) report(use);
        }
        own?.["Program:exit"]?.();
      };
      return visits;
    },
  };
}

/** Where a global is used as a value, under no declaration of the file's own. */
function globalUses({ scopeManager: { globalScope } }, name) {
  const declared = globalScope.set.get(name);
  const references = [
    ...(declared?.defs.length === 0 ? declared.references : []),
    ...globalScope.through.filter(({ identifier }) => identifier.name === name),
  ];
  return references
    .filter(({ isValueReference = true }) => isValueReference)
    .map(({ identifier }) => identifier)
    .filter(({ parent }) => parent.type !== "TSTypeQuery");
}

/** Whether one of these members is reached through a global, or may be: classes are handed on without harm. */
function reaches(identifier, refused) {
  const members = membersThrough(identifier) ?? [];
  const escapes = members.length === 0 && /^(?:Math|Temporal)$/.test(identifier.name);
  return escapes || members.some((member) => refused.includes(member));
}

/** `Math.max`, `Math["max"]` and `const { max } = Math` reach one member each; undefined: it goes anywhere. */
function membersThrough(identifier) {
  const { parent } = identifier;
  if (parent.type === "MemberExpression" && parent.object === identifier) {
    const name = nameOf(parent.property, parent.computed);
    return name === undefined ? undefined : [name];
  }
  if (parent.type !== "VariableDeclarator" || parent.id.type !== "ObjectPattern") return undefined;
  const names = parent.id.properties.map(({ key, computed }) => key && nameOf(key, computed));
  return names.includes(undefined) ? undefined : names;
}

function nameOf(node, computed) {
  if (node.type === "Literal") return String(node.value);
  return computed ? undefined : node.name;
}

/** A date of given facts, or a check for one: all that does not ask what time it is. */
function isTimeless(identifier) {
  const { parent } = identifier;
  if (parent.type === "NewExpression" && parent.callee === identifier) {
    return parent.arguments.length > 0 && parent.arguments[0].type !== "SpreadElement";
  }
  if (parent.type === "BinaryExpression") return parent.operator === "instanceof";
  return membersThrough(identifier)?.every((member) => /^(?:parse|UTC)$/.test(member)) ?? false;
}

function isForTypes({ importKind, exportKind, specifiers = [] }) {
  if (importKind === "type" || exportKind === "type") return true;
  return (
    specifiers.length > 0 && specifiers.every((it) => (it.importKind ?? it.exportKind) === "type")
  );
}

/** What a called name was imported as; empty for what was not. */
function importedName(source, callee) {
  const [definition] = variableOf(source, callee)?.defs ?? [];
  return (definition?.type === "ImportBinding" && definition.node.imported?.name) || "";
}

function variableOf(source, identifier) {
  for (let scope = source.getScope(identifier); scope; scope = scope.upper) {
    const found = scope.set.get(identifier.name);
    if (found) return found;
  }
  return undefined;
}

/** With types every generator that is dropped is found, without them the steps of the durable layer by their names. */
function forgottenSteps(report, source) {
  const { program, getTypeAtLocation, esTreeNodeToTSNodeMap } = source.parserServices ?? {};
  const isStep = (node) => {
    if (!program) return STEPS.test(importedName(source, node.callee ?? node));
    const type = getTypeAtLocation(node);
    return (type.isUnion() ? type.types : [type]).some(
      ({ symbol }) => symbol?.name === "Generator",
    );
  };
  const check = (node) => {
    if (isStep(node)) report(node);
  };
  return {
    ExpressionStatement: ({ expression }) => valuesOf(expression).forEach(check),
    "ArrowFunctionExpression[expression=true]": (arrow) => {
      if (!program) return;
      const checker = program.getTypeChecker();
      const expected = checker.getContextualType(esTreeNodeToTSNodeMap.get(arrow));
      const returned = expected?.getCallSignatures().map((one) => one.getReturnType());
      // Such as the one that forEach() takes, which throws away what it is given back.
      if (returned?.some((type) => checker.typeToString(type) === "void")) check(arrow.body);
    },
  };
}

/** What a statement can come to. */
function valuesOf(node) {
  const { type, operator, argument, left, right, consequent, alternate, expressions } = node;
  if (type === "UnaryExpression" && operator === "void") return valuesOf(argument);
  if (type === "LogicalExpression") return [left, right].flatMap(valuesOf);
  if (type === "ConditionalExpression") return [consequent, alternate].flatMap(valuesOf);
  return type === "SequenceExpression" ? expressions.flatMap(valuesOf) : [node];
}

/** Reports where a function changes what a constant of the module holds. */
function moduleState(report, source) {
  return {
    "Program:exit": () => {
      const [moduleScope] = source.scopeManager.globalScope.childScopes;
      for (const { defs, references } of moduleScope?.variables ?? []) {
        if (defs[0]?.type !== "Variable") continue;
        for (const { identifier, from } of references) {
          if (from.variableScope !== moduleScope && changes(identifier)) report(identifier);
        }
      }
    },
  };
}

function changes(identifier) {
  let node = identifier;
  while (node.parent.type === "MemberExpression" && node.parent.object === node) node = node.parent;
  const { parent } = node;
  if (parent.type === "CallExpression" && parent.arguments[0] === identifier) {
    return parent.callee.object?.name === "Object" && parent.callee.property.name === "assign";
  }
  if (node === identifier) return false;
  if (parent.type === "CallExpression" && parent.callee === node) {
    return MUTATORS.test(nameOf(node.property, node.computed) ?? "");
  }
  const written = parent.type === "AssignmentExpression" && parent.left === node;
  return written || parent.type === "UpdateExpression" || parent.operator === "delete";
}
