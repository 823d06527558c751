/** Runner and wheel functions of Salt 3008.5 with what they take, read off Salt itself (test/fixtures/signatures): `=` has a default, `*` and `**` take the rest. */

const RUNNER = `
auth.del_token token
auth.mk_token **
batch.list_active
batch.status jid
batch.stop jid kill=
cache.clear_all tgt= tgt_type=
cache.clear_git_lock role remote= **
cache.clear_grains tgt= tgt_type=
cache.clear_mine tgt= tgt_type=
cache.clear_mine_func tgt= tgt_type= clear_mine_func_flag=
cache.clear_pillar tgt= tgt_type=
cache.cloud tgt provider=
cache.fetch bank key cachedir=
cache.flush bank key= cachedir=
cache.grains tgt tgt_type= **
cache.list bank cachedir=
cache.migrate src_driver= dst_driver= bank= cachedir= dry_run=
cache.mine tgt= tgt_type= **
cache.pillar tgt= tgt_type= **
cache.store bank key data cachedir=
cluster.collect_from_peers channels= banks=
cluster.members
cluster.migrate_jobs_to_cache dry_run=
cluster.ring_create name voters
cluster.ring_destroy name
cluster.ring_info
cluster.ring_set name= members= replicas=
cluster.rings
cluster.route_clear data_type
cluster.route_set data_type ring
cluster.routes
cluster.shed_status
cluster.shed_unowned ring banks= subbank_template= driver= dry_run=
cluster.shed_unowned_all ring banks= subbank_template= driver= dry_run=
cluster.sync_roots roots=
config.get key default= delimiter=
doc.execution
doc.runner
doc.wheel
error.error name= message=
event.send tag data=
fileserver.clear_cache backend=
fileserver.clear_file_list_cache saltenv= backend=
fileserver.clear_lock backend= remote=
fileserver.dir_list saltenv= backend=
fileserver.empty_dir_list saltenv= backend=
fileserver.envs backend= sources=
fileserver.file_list saltenv= backend=
fileserver.lock backend= remote=
fileserver.symlink_list saltenv= backend=
fileserver.update backend= **
git_pillar.update branch= repo=
http.query url output= **
http.update_ca_bundle target= source= merge_files=
jobs.active display_progress=
jobs.exit_success jid ext_source=
jobs.last_run ext_source= outputter= metadata= function= target= display_progress=
jobs.list_job jid ext_source= display_progress=
jobs.list_jobs ext_source= outputter= search_metadata= search_function= search_target= start_time= end_time= display_progress=
jobs.list_jobs_filter count filter_find_job= ext_source= outputter= display_progress=
jobs.lookup_jid jid ext_source= returned= missing= display_progress=
jobs.master
jobs.print_job jid ext_source=
manage.alived subset= show_ip=
manage.allowed subset= show_ip=
manage.bootstrap version= script= hosts= script_args= roster= ssh_user= ssh_password= ssh_priv_key= tmp_dir= http_backend=
manage.bootstrap_psexec hosts= master= version= arch= installer_url= username= password=
manage.down removekeys= tgt= tgt_type= timeout= gather_job_timeout=
manage.joined subset= show_ip=
manage.key_regen
manage.list_not_state subset= show_ip=
manage.list_state subset= show_ip=
manage.not_alived subset= show_ip=
manage.not_allowed subset= show_ip=
manage.not_joined subset= show_ip=
manage.not_present subset= show_ip=
manage.not_reaped subset= show_ip=
manage.present subset= show_ip=
manage.reaped subset= show_ip=
manage.safe_accept target tgt_type=
manage.status output= tgt= tgt_type= timeout= gather_job_timeout=
manage.up tgt= tgt_type= timeout= gather_job_timeout=
manage.versions
match.compound_matches expr minion_id
mine.get tgt fun tgt_type=
mine.update tgt tgt_type= clear= mine_functions=
network.wol mac bcast= destport=
network.wollist maclist bcast= destport=
network.wolmatch tgt tgt_type= bcast= destport=
pillar.clear_pillar_cache minion= **
pillar.show_pillar minion= **
pillar.show_pillar_cache minion= **
pillar.show_top minion= saltenv=
pki.migrate_to_mmap dry_run=
pki.status
queue.delete queue items backend=
queue.insert queue items backend=
queue.insert_runner fun args= kwargs= queue= backend=
queue.list_items queue backend=
queue.list_length queue backend=
queue.list_queues backend=
queue.pop queue quantity= backend= is_runner=
queue.process_queue queue quantity= backend= is_runner=
queue.process_runner quantity= queue= backend=
reactor.add event reactors saltenv= test=
reactor.delete event saltenv= test=
reactor.is_leader
reactor.list saltenv= test=
reactor.set_leader value=
resource.list_grains
resource.refresh minion
resource.show_grains type id
salt.cmd fun * **
salt.execute tgt fun arg= timeout= tgt_type= ret= jid= kwarg= **
saltutil.sync_all saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_cache saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_clouds saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_eauth_tokens saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_engines saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_executors saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_fileserver saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_grains saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_modules saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_output saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_pillar saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_proxymodules saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_queues saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_renderers saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_returners saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_roster saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_runners saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_sdb saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_serializers saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_states saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_thorium saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_tops saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_utils saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_wheel saltenv= extmod_whitelist= extmod_blacklist=
saltutil.sync_wrapper saltenv= extmod_whitelist= extmod_blacklist=
sdb.delete uri
sdb.get uri
sdb.get_or_set_hash uri length= chars=
sdb.set uri value
ssh.cmd tgt fun arg= timeout= tgt_type= kwarg=
state.event tagmatch= count= quiet= sock_dir= pretty= node=
state.graph mods tgt= tgt_type= saltenv= test= pillar= pillarenv= pillar_enc= timeout=
state.graph_highstate tgt= tgt_type= pillar= pillarenv= pillar_enc= timeout=
state.orch mods saltenv= test= exclude= pillar= pillarenv= pillar_enc= orchestration_jid=
state.orch_show_sls mods saltenv= test= queue= pillar= pillarenv= pillar_enc=
state.orchestrate mods saltenv= test= exclude= pillar= pillarenv= pillar_enc= orchestration_jid=
state.orchestrate_high data test= queue= pillar= **
state.orchestrate_show_sls mods saltenv= test= queue= pillar= pillarenv= pillar_enc=
state.orchestrate_single fun name test= queue= pillar= **
state.pause jid state_id= duration=
state.resume jid state_id=
state.rm_pause jid state_id=
state.set_pause jid state_id= duration=
state.sls mods saltenv= test= exclude= pillar= pillarenv= pillar_enc= orchestration_jid=
state.soft_kill jid state_id=
survey.diff * **
survey.hash * **
test.arg * **
test.get_opts
test.metasyntactic locality=
test.raw_arg * **
test.sleep s_time=
test.stdout_print
test.stream
winrepo.genrepo opts= fire_event=
winrepo.update_git_repos opts= clean= masterless=
`;

const WHEEL = `
config.apply key value
config.update_config file_name yaml_contents
config.values
error.error name= message=
file_roots.find path saltenv=
file_roots.list_env saltenv=
file_roots.list_roots
file_roots.read path saltenv=
file_roots.write data path saltenv= index=
key.accept match include_rejected= include_denied=
key.accept_dict match include_rejected= include_denied=
key.delete match
key.delete_dict match
key.finger match hash_type=
key.finger_master hash_type=
key.gen id_= keysize=
key.gen_accept id_ keysize= force=
key.gen_keys keydir= keyname= keysize= user=
key.gen_signature priv pub signature_path auto_create= keysize=
key.glob_match match
key.list match
key.list_all
key.master_key_str
key.name_match match
key.print match
key.reject match include_accepted= include_denied=
key.reject_dict match include_accepted= include_denied=
minions.connected
pillar_roots.find path saltenv=
pillar_roots.list_env saltenv=
pillar_roots.list_roots
pillar_roots.read path saltenv=
pillar_roots.write data path saltenv= index=
`;

const tableOf = (text: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', ...parameters] = line.split(' ');
        return [name, parameters] as const;
      }),
  );

/** Function → its parameters in order. */
export const SIGNATURES = {
  // Removed in 2015.8; Brine answers what to write instead.
  runner: new Map([...tableOf(RUNNER), ['state.over', ['saltenv=', 'os_fn=']] as const]),
  wheel: tableOf(WHEEL),
} as const;
