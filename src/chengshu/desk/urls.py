"""Routes of the desk."""

from django.urls import path

from chengshu.desk import jobs, views

urlpatterns = [
    path("", views.home, name="home"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<int:job_id>/", jobs.job_detail, name="job"),
    path("jobs/<int:job_id>/state", jobs.job_state, name="job_state"),
    path("jobs/<int:job_id>/cancel", jobs.job_cancel, name="job_cancel"),
]
