// The few helpers with which the hall screen draws: elements, texts that change only when they must, two icons.

export const $ = (id: string): HTMLElement => document.getElementById(id)!

type Child = Node | string | null | false

/** h('p.note', 'text', child) builds an element; null and false are left out. */
export function h(spec: string, ...children: (Child | Child[])[]): HTMLElement {
  const [tag, ...classes] = spec.split('.')
  const node = document.createElement(tag!)
  if (classes.length) node.className = classes.join(' ')
  for (const child of children.flat()) if (child !== null && child !== false) node.append(child)
  return node
}

export function setText(node: Element | null, text: string | number): void {
  const wanted = String(text)
  if (node && node.textContent !== wanted) node.textContent = wanted
}

export function replace(node: Element, children: Child[]): void {
  node.replaceChildren(...children.filter((one): one is Node | string => one !== null && one !== false))
}

const ICONS = {
  tick: 'M5 12.500l4.500 4.500L19 7.500',
  warn: 'M12 4.500L21 19.500H3zM12 10v4.500M12 17v.2',
  clock: 'M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 8v4.500l3 2',
  offline: 'M3 3l18 18M8.500 16a5 5 0 0 1 7 0M5.500 12.500a9.500 9.500 0 0 1 4-2.300M18.500 12.500a9.500 9.500 0 0 0-4.200-2.400M2.500 9a14 14 0 0 1 4.200-2.700M21.500 9A14 14 0 0 0 11 5.100M12 19.500v.2'
}

export function icon(name: keyof typeof ICONS): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', ICONS[name])
  svg.append(path)
  return svg
}
