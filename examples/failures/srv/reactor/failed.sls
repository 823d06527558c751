{# Only of these functions: the alert's own jobs are of another, so that they cannot come back here. #}
{% if data.fun in ['state.apply', 'state.highstate', 'cmd.script'] and (not data.success or data.retcode != 0) %}
{% set failed = [] %}
{% if data['return'] is mapping %}
{% for id, one in data['return'].items() if one.result == False %}
{% do failed.append(one.__id__ | default(id)) %}
{% endfor %}
{% endif %}
tell:
  runner.event.send:
    - tag: ops/alert/job
    - data:
        host: {{ data.id }}
        fun: {{ data.fun }}
        jid: '{{ data.jid }}'
        failed: {{ failed | json }}
{% endif %}
