-- Accounts of activities that have their net tax rate in common with another one (Art. 86 para. 3 MWSTV).
-- grain: one account × rate; key: account_no, rate
select x.account_no, a.rate, min(a.activity_no) as activity_no, min_by(a.name, a.activity_no) as activity
from   mandate.activity_account x
join   mandate.activity a on a.activity_no = x.activity_no
where  a.rate in (select rate from mandate.activity group by rate having count(*) > 1)
group  by x.account_no, a.rate
