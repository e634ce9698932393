from django.urls import path

from gern.rooms.customers.audiences import editing
from gern.rooms.customers.audiences import views as audiences
from gern.rooms.customers.duplicates import views as duplicates
from gern.rooms.customers.files import views as files
from gern.rooms.customers.history import views as history
from gern.rooms.customers.lists import views as lists
from gern.rooms.customers.person import views as person
from gern.rooms.customers.personas import views as personas
from gern.rooms.customers.portfolio import views as portfolio
from gern.rooms.customers.related import views as related
from gern.rooms.customers.tasks import views as tasks

urlpatterns = [
    path("customers/", lists.customers, name="customers"),
    path("customers/export.<str:kind>", lists.customers_export, name="customers_export"),
    path("customers/tagging/", lists.customers_tagging, name="customers_tagging"),
    path("customers/tag/", lists.customers_tag, name="customers_tag"),
    path("customers/change/<int:pk>/undo/", history.card_change_undo, name="card_change_undo"),
    path("customers/tag/<int:pk>/undo/", lists.tag_change_undo, name="tag_change_undo"),
    path("customers/lists/", lists.list_save, name="list_save"),
    path("customers/lists/<int:pk>/removal/", lists.list_removal, name="list_removal"),
    path("customers/one/", person.customer, name="customer"),
    path("customers/one/parts/<slug:id>/", person.customer_part, name="customer_part"),
    path("customers/one/owner/", person.customer_owner, name="customer_owner"),
    path("customers/one/card/", person.customer_card, name="customer_card"),
    path("customers/one/contact/", person.customer_contact, name="customer_contact"),
    path("customers/one/notes/", person.customer_note, name="customer_note"),
    path("customers/one/notes/<int:pk>/removal/", person.customer_note_removal, name="customer_note_removal"),
    path("customers/one/tags/", person.customer_tag, name="customer_tag"),
    path("customers/one/tags/<int:pk>/removal/", person.customer_tag_removal, name="customer_tag_removal"),
    path("customers/one/traits/", person.customer_trait, name="customer_trait"),
    path("customers/one/files/", files.customer_file, name="customer_file"),
    path("customers/one/files/<int:pk>/", files.customer_file_content, name="customer_file_content"),
    path("customers/one/files/<int:pk>/removal/", files.customer_file_removal, name="customer_file_removal"),
    path("customers/one/relations/", related.customer_relation, name="customer_relation"),
    path("customers/one/relations/<int:pk>/removal/", related.customer_relation_removal, name="customer_relation_removal"),
    path("customers/one/alike/", related.customer_alike, name="customer_alike"),
    path("customers/audiences/", audiences.audiences, name="audiences"),
    path("customers/audiences/new/", editing.audience_new, name="audience_new"),
    path("customers/audiences/of-list/", audiences.audience_of_list, name="audience_of_list"),
    path("customers/audiences/<int:pk>/", audiences.audience, name="audience"),
    path("customers/audiences/<int:pk>/definition/", editing.audience_edit, name="audience_edit"),
    path("customers/audiences/<int:pk>/overlap/", audiences.audience_overlap, name="audience_overlap"),
    path("customers/audiences/<int:pk>/removal/", audiences.audience_removal, name="audience_removal"),
    path("customers/duplicates/", duplicates.duplicates, name="duplicates"),
    path("customers/duplicates/search/", duplicates.duplicates_look, name="duplicates_look"),
    path("customers/duplicates/sure/", duplicates.merge_sure, name="merge_sure"),
    path("customers/duplicates/<int:pk>/apart/", duplicates.duplicate_apart, name="duplicate_apart"),
    path("customers/duplicates/<int:pk>/undo/", duplicates.duplicate_undo, name="duplicate_undo"),
    path("customers/merging/", duplicates.merging, name="merging"),
    path("customers/merge/", duplicates.merge, name="merge"),
    path("customers/personas/", personas.personas, name="personas"),
    path("customers/personas/new/", personas.persona_edit, name="persona_new"),
    path("customers/personas/portrait/", personas.persona_portrait, name="persona_portrait"),
    path("customers/personas/<int:pk>/", personas.persona, name="persona"),
    path("customers/personas/<int:pk>/definition/", personas.persona_edit, name="persona_edit"),
    path("customers/personas/<int:pk>/measure/", personas.persona_measure, name="persona_measure"),
    path("customers/personas/<int:pk>/page.<str:kind>", personas.persona_file, name="persona_file"),
    path("customers/personas/<int:pk>/picture/", personas.persona_picture, name="persona_picture"),
    path("customers/personas/<int:pk>/statements/", personas.persona_statement, name="persona_statement"),
    path("customers/personas/statements/<int:pk>/removal/", personas.persona_statement_removal, name="persona_statement_removal"),
    path("customers/personas/<int:pk>/removal/", personas.persona_removal, name="persona_removal"),
    path("customers/portfolio/", portfolio.portfolio, name="portfolio"),
    path("customers/portfolio/plane.<str:kind>", portfolio.portfolio_chart, name="portfolio_chart"),
    path("customers/tasks/", tasks.tasks, name="tasks"),
    path("customers/one/tasks/", tasks.task_addition, name="task_addition"),
    path("customers/tasks/<int:pk>/done/", tasks.task_done, name="task_done"),
]  # fmt: skip
