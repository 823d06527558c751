{# A service that stopped is started again. Its name is the host's word: quoted, since a shell reads it. #}
{% for name, state in data.items() if state is mapping and not state.running %}
restart_{{ name }}:
  local.cmd.run:
    - tgt: {{ data.id }}
    - arg:
      - systemctl restart {{ name | quote }}
{% endfor %}
