using Rondo.Kernel.Db;
using Rondo.Retention;

namespace Rondo.Datasets.Versions;

/// <summary>The lists of files of all versions that were not deleted, and the files in them.</summary>
internal sealed class DatasetReferences(FileSpans spans) : IBlobReferences
{
    public Task PrepareAsync(CancellationToken cancellation) => spans.CompleteAsync(cancellation);

    public async ValueTask<IReadOnlyCollection<string>> NeededAsync(Session session, IReadOnlyList<string> digests) =>
        await session.QueryAsync<string>(
            """
            select content_digest from datasets_version where content_digest in @digests and deleted_at is null
            union select digest from datasets_file where digest in @digests
            union select digest from datasets_arrival where digest in @digests
            union select t.digest from datasets_statistics t where t.digest in @digests and exists (
                select 1 from datasets_version v where v.content_digest = t.content_digest and v.deleted_at is null
            )
            union select s.digest from datasets_span s
            where s.digest in @digests and exists (
                select 1 from datasets_version v
                where v.project = s.project and v.environment = s.environment and v.dataset = s.dataset
                    and v.version >= s.from_version and (s.until_version is null or v.version < s.until_version)
                    and v.deleted_at is null
            )
            """,
            new { digests }
        );
}
