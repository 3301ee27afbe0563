namespace Microsoft.ML.Runtime;

/// <summary>Adds to an exception where it comes from before it is thrown.</summary>
public interface IExceptionContext
{
    string ContextDescription { get; }

    TException Process<TException>(TException ex)
        where TException : Exception;
}
