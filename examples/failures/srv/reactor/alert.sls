{# One place that says how people are told. The text is data, so it goes as an argument of its own and through no shell. #}
{% set what = tag.split('/') | last %}
page:
  local.cmd.run:
    - tgt: mon1
    - arg:
      - [/usr/local/bin/page, --kind, {{ what }}, {{ data | json | yaml_dquote }}]
    - kwarg:
        python_shell: false
    - queue_ttl: 900
