{# The five processes that use most, while the load is high. Limits lie in one place for all files: srv/salt/limits.yaml. #}
{% import_yaml 'limits.yaml' as limits %}
{% if data['1m'] > limits.load.high %}
top_of_{{ data.id }}:
  local.cmd.run:
    - tgt: {{ data.id }}
    - arg:
      - ps -eo pid,pcpu,comm --sort=-pcpu | head -6
    - kwarg:
        timeout: 20
{% endif %}
