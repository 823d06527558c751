{% for name, state in data.items() if state is mapping and not state.running %}
restart_{{ name }}:
  local.service.restart:
    - tgt: {{ data.id }}
    - arg:
      - {{ name }}
{% endfor %}
