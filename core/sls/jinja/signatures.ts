/** What each filter takes: names in order, `!` after those that must be given. Filters that are not here take anything. */
import type { Value } from '../../value.ts';
import type { FilterCall } from './filter.ts';
import { OperationError } from './values.ts';

const NONE =
  'abs capitalize count e escape first forceescape items last length list lower pprint random reverse safe string striptags title upper wordcount python xml load_yaml load_json load_text sequence yaml_dquote yaml_squote yaml_encode to_bool exactly_one_true quote regex_escape uuid is_list is_iter min max avg unique is_hex contains_whitespace to_num str_to_num json_encode_list json_encode_dict json_decode_list json_decode_dict to_entries from_entries to_snake_case md5 sha1 sha256 sha512 base64_encode base64_decode sorted_ignorecase random_str gen_mac skip mac_str_to_bytes';

const TAKEN: Readonly<Record<string, string>> = {
  attr: 'name!',
  batch: 'linecount! fill_with',
  center: 'width',
  default: 'default_value boolean',
  d: 'default_value boolean',
  dictsort: 'case_sensitive by reverse',
  filesizeformat: 'binary',
  float: 'default',
  groupby: 'attribute! default case_sensitive',
  indent: 'width first blank',
  int: 'default base',
  join: 'd attribute',
  replace: 'old! new! count',
  round: 'precision method',
  slice: 'slices! fill_with',
  sort: 'reverse case_sensitive attribute',
  sum: 'attribute start',
  tojson: 'indent sort_keys ensure_ascii',
  trim: 'chars',
  truncate: 'length killwords end leeway',
  urlize: 'trim_url_limit nofollow target rel extra_schemes',
  wordwrap: 'width break_long_words wrapstring break_on_hyphens',
  xmlattr: 'autospace',
  yaml: 'flow_style',
  json: 'sort_keys indent',
  dict_to_sls_yaml_params: 'flow_style',
  strftime: 'format',
  date_format: 'format',
  exactly_n_true: 'amount',
  regex_search: 'rgx! ignorecase multiline',
  regex_match: 'rgx! ignorecase multiline',
  regex_replace: 'rgx! val! ignorecase multiline',
  union: 'lst2!',
  intersect: 'lst2!',
  difference: 'lst2!',
  symmetric_difference: 'lst2!',
  flatten: 'levels preserve_nulls',
  compare_lists: 'new!',
  compare_dicts: 'new!',
  substring_in_list: 'lst!',
  check_whitelist_blacklist: 'whitelist blacklist',
  to_bytes: 'encoding errors',
  set_dict_key_value: 'keys! value! delimiter ordered_dict',
  append_dict_key_value: 'keys! value! delimiter ordered_dict',
  extend_dict_key_value: 'keys! value! delimiter ordered_dict',
  update_dict_key_value: 'keys! value! delimiter ordered_dict',
  traverse: 'key! default delimiter',
  json_query: 'expr!',
  to_camelcase: 'uppercamel',
  human_to_bytes: 'default_unit handle_metric',
  hmac: 'shared_secret! challenge_hmac!',
  hmac_compute: 'shared_secret!',
  is_ip: 'options',
  is_ipv4: 'options',
  is_ipv6: 'options',
  ipaddr: 'options',
  ipv4: 'options',
  ipv6: 'options',
  network_hosts: 'options version',
  network_size: 'options version',
  ip_host: 'options version',
  random_sample: 'size! seed',
  random_shuffle: 'seed',
  random_hash: 'hash_type',
  rand_str: 'hash_type',
  mysql_to_dict: 'key!',
  filter_by_networks: 'networks!',
  combinations: 'r!',
  combinations_with_replacement: 'r!',
  permutations: 'r',
};

const SIGNATURES = new Map<string, readonly string[]>([
  ...NONE.split(' ').map((name) => [name, []] as const),
  ...Object.entries(TAKEN).map(([name, words]) => [name, words.split(' ')] as const),
]);

/** Throws Python's TypeError for arguments that the filter does not take. */
export function checkArguments(name: string, { args, kwargs }: Pick<FilterCall, 'args' | 'kwargs'>): void {
  const words = SIGNATURES.get(name);
  if (!words) return;
  const names = words.map((word) => word.replace('!', ''));
  if (args.length > names.length)
    throw new OperationError(`${name}() takes ${names.length + 1} positional arguments but ${args.length + 1} were given`);
  for (const key of kwargs.keys()) {
    const at = names.indexOf(String(key as Value));
    if (at < 0) throw new OperationError(`${name}() got an unexpected keyword argument '${String(key)}'`);
    if (at < args.length) throw new OperationError(`${name}() got multiple values for argument '${String(key)}'`);
  }
  const missing = words.find((word, i) => word.endsWith('!') && i >= args.length && !kwargs.has(names[i] as string));
  if (missing) throw new OperationError(`${name}() missing 1 required positional argument: '${missing.replace('!', '')}'`);
}
