{# A file that people change by hand is put back from the repository of the host, and told. #}
{% set watched = ['/etc/ssh/sshd_config', '/etc/sudoers'] %}
{% if data.path in watched and data.change in ['IN_MODIFY', 'IN_DELETE_SELF'] %}
put_back:
  local.cmd.run:
    - tgt: {{ data.id }}
    - arg:
      - etckeeper vcs checkout -- {{ data.path | quote }}
tell:
  runner.event.send:
    - args:
      - tag: ops/file/changed
      - data: {host: {{ data.id }}, path: {{ data.path }}}
    - require:
      - local: put_back
{% endif %}
