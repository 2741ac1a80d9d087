// Finding a person by characters, by spelling or by initials, as clerks type: 张三, zhangsan, zhang, zs.

export interface Named { name: string; name_pinyin: string; seat_label?: string | null; delegation?: string | null }

/** `name_pinyin` is the full spelling, a space, and the initials. */
export function matches(person: Named, query: string): boolean {
  const q = query.trim().toLowerCase().replace(/[\s'’·]+/g, '')
  if (!q) return true
  if (person.name.toLowerCase().replace(/[\s·]+/g, '').includes(q)) return true
  if (person.seat_label?.toLowerCase().replace(/\s+/g, '') === q) return true
  return person.name_pinyin.toLowerCase().split(' ').some((part) => part.startsWith(q))
}
