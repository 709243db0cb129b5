using Microsoft.AspNetCore.Http;

namespace Rondo.Kernel;

/// <summary>A handler whose binding is compiled when it is first asked for.</summary>
internal sealed class FirstRequest(
    Delegate handler,
    RequestDelegateFactoryOptions options,
    RequestDelegateMetadataResult? inferred
)
{
    private readonly Lazy<RequestDelegate> _bound = new(() =>
        RequestDelegateFactory.Create(handler, options, inferred).RequestDelegate
    );

    /// <summary>Makes the binding, if no request has needed it yet.</summary>
    public RequestDelegate Bind() => _bound.Value;

    public Task RunAsync(HttpContext context) => _bound.Value(context);
}
